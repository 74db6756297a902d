import type { GetStaticProps } from 'next'
import { useRouter } from 'next/router'

export const getStaticPaths = () => ({
  paths: [{ params: { id: '1' } }, { params: { id: '1' }, locale: 'de' }],
  fallback: true,
})

export const getStaticProps: GetStaticProps = ({ params, locale, preview }) => {
  const id = String(params!['id'])
  if (id === 'gone') return { notFound: true }
  if (id === 'away') return { redirect: { destination: '/about', permanent: true } }
  if (id === 'fails') throw new Error('getStaticProps fails')
  return { props: { id, locale: locale ?? null, preview: preview ?? false } }
}

export default function Page(props: { id?: string }) {
  return useRouter().isFallback ? <i>being made</i> : <pre>{JSON.stringify(props)}</pre>
}
