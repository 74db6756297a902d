export default function Plain() {
  return <p>a static page behind the guard</p>
}
