export default function Members() {
  return <p>members</p>
}
