import type { GetServerSideProps } from 'next'
import { useRouter } from 'next/router'

export const getServerSideProps: GetServerSideProps = async ({ params, query, res }) => {
  res.setHeader('X-User', String(params!['id']))
  res.setHeader('Set-Cookie', ['a=1; Path=/', 'b=2; Path=/'])
  return { props: { params, query } }
}

export default function User(props: object) {
  const { asPath, pathname } = useRouter()
  return <pre>{JSON.stringify({ ...props, asPath, pathname })}</pre>
}
