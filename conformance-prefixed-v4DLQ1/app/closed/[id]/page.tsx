export const dynamicParams = false

export function generateStaticParams() {
  return [{ id: '1' }]
}

export default async function Closed({ params }: { params: Promise<{ id: string }> }) {
  return <h1>closed {(await params).id}</h1>
}
