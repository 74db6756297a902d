export default function None() {
  return <p>no members</p>
}
