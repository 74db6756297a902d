import Image from 'next/image'

export default function Home() {
  return (
    <main>
      <h1>Home</h1>
      <Image src="/dot.png" alt="a dot" width={16} height={16} />
    </main>
  )
}
