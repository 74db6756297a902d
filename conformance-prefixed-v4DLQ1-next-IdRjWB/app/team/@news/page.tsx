export default function News() {
  return <p>news</p>
}
