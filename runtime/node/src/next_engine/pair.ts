/**
 * `req` and `res` for an entry of `next build`: those of `pages/api`, with room for what Next.js
 * puts into them itself.
 */
import type { Invocation } from '../invocation/invocation.ts'
import { pairOf, type Pair } from '../pages/pair.ts'
import { settledPath } from '../invocation/query.ts'

/** What entries add to a response: ours would stand in the way. */
const additions = [
  'status',
  'send',
  'json',
  'redirect',
  'setDraftMode',
  'setPreviewData',
  'clearPreviewData',
  'revalidate',
]

/** Makes the pair of an invocation. */
export function makePair(invocation: Invocation): Pair {
  const pair = pairOf(invocation)
  for (const name of additions)
    Object.defineProperty(pair.res, name, { value: undefined, writable: true, configurable: true })
  // As the client's URL has it: the entry takes base path and locale away itself.
  pair.req.url = settledPath(invocation.url)
  return pair
}
