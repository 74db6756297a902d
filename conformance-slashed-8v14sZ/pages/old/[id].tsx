import type { GetStaticProps } from 'next'

export const getStaticPaths = () => ({ paths: [{ params: { id: '1' } }], fallback: 'blocking' })

export const getStaticProps: GetStaticProps = ({ params }) => ({ props: { id: params!['id'] } })

export default function Old({ id }: { id: string }) {
  return <h1>{`old ${id}`}</h1>
}
