export const metadata = { title: 'About', robots: { index: false } }

export default function About() {
  return <h1>About</h1>
}
