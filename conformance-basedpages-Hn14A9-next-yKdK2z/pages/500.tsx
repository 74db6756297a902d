export default function Failed() {
  return <h1>it has failed</h1>
}
