import { cookies } from 'next/headers'

export default async function Cookies() {
  return <p>{`seen ${(await cookies()).get('seen')?.value ?? 'no'}`}</p>
}
