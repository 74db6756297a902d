/**
 * `req` and `res` for an entry of `next build`: those of `pages/api`, without the members that
 * Next.js adds itself.
 */
import type { Invocation } from '../invocation/invocation.ts'
import { pairOf, type Pair } from '../pages/pair.ts'
import { normalizedPath } from '../invocation/query.ts'

/** The members that entries add to a response; ours would get in their way. */
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
  // The client's URL: the entry removes base path and locale itself.
  pair.req.url = normalizedPath(invocation.url)
  return pair
}
