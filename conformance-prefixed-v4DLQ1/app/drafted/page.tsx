import { draftMode } from 'next/headers'

export default async function Drafted() {
  return <p>{(await draftMode()).isEnabled ? 'a draft' : 'published'}</p>
}
