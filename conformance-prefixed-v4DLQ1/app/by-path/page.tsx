let made = 0

export const revalidate = 3600

export default function ByPath() {
  made += 1
  return <p>made {process.env.NEXT_PHASE === 'phase-production-build' ? 'by the build' : made}</p>
}
