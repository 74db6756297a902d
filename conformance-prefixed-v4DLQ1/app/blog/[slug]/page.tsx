import type { Metadata } from 'next'
import { notFound, permanentRedirect, redirect } from 'next/navigation'

type Props = { params: Promise<{ slug: string }> }

export function generateStaticParams() {
  return [{ slug: 'first' }, { slug: 'second' }]
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { slug } = await params
  return { title: slug, openGraph: { title: slug, images: ['/dot.png'] } }
}

export default async function Post({ params }: Props) {
  const { slug } = await params
  if (slug === 'gone') notFound()
  if (slug === 'away') redirect('/blog/first')
  if (slug === 'for-good') permanentRedirect('/blog/second')
  return <h1>post {slug}</h1>
}
