import { headers } from 'next/headers'

export default async function Admin() {
  return <p>{`admin for ${(await headers()).get('x-user')}`}</p>
}
