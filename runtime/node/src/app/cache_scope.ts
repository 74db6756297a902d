import { asyncHooks } from './async_hooks.ts'

const inside = new asyncHooks.AsyncLocalStorage<true>()
const documentation = 'https://nextjs.org/docs/app/api-reference/functions/unstable_cache'

/** Calls `work` as the inside of a function of `unstable_cache()`, whose result other requests will get. */
export function runInsideCache<T>(work: () => T): T {
  return inside.run(true, work)
}

/** @throws Error where what belongs to one request is asked for inside of `unstable_cache()`. */
export function refuseInsideCache(route: string, call: string, why: string, learnMore = documentation): void {
  if (inside.getStore() === true) throw new Error(`Route "${route}": \`${call}\` ${why}\nLearn more: ${learnMore}`)
}

/** Why a request's data cannot be read inside of `unstable_cache()`. */
export const notReadable =
  "can't be read inside `unstable_cache()`. Read it outside the cached function and pass what you need as an argument."
