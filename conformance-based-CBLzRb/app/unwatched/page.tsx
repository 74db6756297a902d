export default function Unwatched() {
  return <h1>the proxy does not see this</h1>
}
