export default function Team() {
  return <h1>team by default</h1>
}
