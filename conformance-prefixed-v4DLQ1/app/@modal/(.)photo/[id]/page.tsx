export default async function Modal({ params }: { params: Promise<{ id: string }> }) {
  return <dialog open>photo {(await params).id} in a dialog</dialog>
}
