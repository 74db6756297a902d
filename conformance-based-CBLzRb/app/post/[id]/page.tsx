export const generateStaticParams = () => [{ id: '1' }]

export default async function Post({ params }: { params: Promise<{ id: string }> }) {
  return <h1>{`post ${(await params).id}`}</h1>
}
