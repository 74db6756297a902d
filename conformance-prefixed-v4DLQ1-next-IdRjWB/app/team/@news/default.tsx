export default function None() {
  return <p>no news</p>
}
