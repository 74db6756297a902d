import type { GetServerSideProps } from 'next'

export const getServerSideProps: GetServerSideProps = async ({ req, query }) => ({
  props: { user: req.headers['x-user'] ?? null, query },
})

export default function Account(props: object) {
  return <pre>{JSON.stringify(props)}</pre>
}
