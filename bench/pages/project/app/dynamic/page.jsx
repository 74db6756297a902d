import { headers } from 'next/headers'
import { List } from '../list'

export default async function Page() {
  return <List title={`for ${(await headers()).get('host')}`} />
}
