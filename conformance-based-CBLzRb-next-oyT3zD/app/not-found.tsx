export default function NotFound() {
  return <h1>nothing here</h1>
}
