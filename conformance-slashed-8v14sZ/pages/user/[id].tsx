import type { GetServerSideProps } from 'next'

export const getServerSideProps: GetServerSideProps = async ({ params, query, req, resolvedUrl }) => ({
  props: { params, query, resolvedUrl, user: req.headers['x-user'] ?? null },
})

export default function User(props: object) {
  return <pre>{JSON.stringify(props)}</pre>
}
