import type { GetServerSideProps } from 'next'

export const getServerSideProps: GetServerSideProps = async ({ params }) => ({ props: { params } })

export default function All(props: object) {
  return <pre>{JSON.stringify(props)}</pre>
}
