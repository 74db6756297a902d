export default function Throws() {
  return <h1>the proxy throws before this</h1>
}
