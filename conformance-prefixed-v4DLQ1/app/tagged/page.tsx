import { unstable_cache } from 'next/cache'

let made = 0
const count = unstable_cache(async () => (made += 1), ['count'], { tags: ['count'] })

export default async function Tagged() {
  return <p>count {await count()}</p>
}
