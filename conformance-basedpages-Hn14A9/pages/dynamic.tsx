import type { GetServerSideProps } from 'next'

export const getServerSideProps: GetServerSideProps = async ({ query, locale, req, res, preview, resolvedUrl }) => {
  if (query['gone'] !== undefined) return { notFound: true }
  if (query['away'] !== undefined) return { redirect: { destination: '/about', permanent: false } }
  if (query['fails'] !== undefined) throw new Error('getServerSideProps fails')
  if (query['cached'] !== undefined) res.setHeader('Cache-Control', 'public, s-maxage=10')
  return {
    props: { query, locale, preview: preview ?? false, resolvedUrl, seen: req.headers['x-seen'] ?? null },
  }
}

export default function Dynamic(props: object) {
  return <pre>{JSON.stringify(props)}</pre>
}
