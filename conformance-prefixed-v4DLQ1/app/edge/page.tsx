export const runtime = 'edge'

export default function Edge() {
  return <h1>edge</h1>
}
