export default function Fixed() {
  return <p>the same for all</p>
}
