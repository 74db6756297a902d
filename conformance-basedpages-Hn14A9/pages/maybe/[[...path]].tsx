import type { GetServerSideProps } from 'next'

export const getServerSideProps: GetServerSideProps = async ({ params, query }) => ({
  props: { params: params ?? null, query },
})

export default function Maybe(props: object) {
  return <pre>{JSON.stringify(props)}</pre>
}
