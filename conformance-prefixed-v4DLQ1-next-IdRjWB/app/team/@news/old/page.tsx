export default function Old() {
  return <p>old news</p>
}
