export const getStaticProps = () => ({
  props: { made: process.env.NEXT_PHASE === 'phase-production-build' ? 'by the build' : 'later' },
  revalidate: 1,
})

export default function Soon({ made }: { made: string }) {
  return <p>{`made ${made}`}</p>
}
