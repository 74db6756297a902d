export default async function Photo({ params }: { params: Promise<{ id: string }> }) {
  return <p>photo {(await params).id}</p>
}
