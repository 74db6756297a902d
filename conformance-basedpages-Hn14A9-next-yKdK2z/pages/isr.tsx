export const getStaticProps = () => ({
  props: { made: process.env.NEXT_PHASE === 'phase-production-build' ? 'by the build' : 'later' },
  revalidate: 3600,
})

export default function Isr({ made }: { made: string }) {
  return <p>made {made}</p>
}
