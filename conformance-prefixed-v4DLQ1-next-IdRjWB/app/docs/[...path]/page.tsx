export default async function Docs({ params }: { params: Promise<{ path: string[] }> }) {
  return <p>docs {(await params).path.join(' / ')}</p>
}
