export default function NotFound() {
  return <h1>no such thing in the shop</h1>
}
