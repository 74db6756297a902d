import { connection } from 'next/server'
import { Suspense } from 'react'

async function Slow({ text }: { text: string }) {
  await connection()
  await new Promise((resolve) => setTimeout(resolve, 300))
  return <b>{text}</b>
}

export default function Stream() {
  return (
    <Suspense fallback={<i>waiting</i>}>
      <Slow text="arrived" />
    </Suspense>
  )
}
