import Image from 'next/image'
import { List } from './list'

export default function Page() {
  return (
    <>
      <List title="home" />
      <Image src="/photo.png" alt="" width={640} height={480} />
    </>
  )
}
