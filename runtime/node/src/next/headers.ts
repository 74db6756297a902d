/** `next/headers` for routes under Millrace. */
import { notReadable, refuseInsideCache } from '../app/cache_scope.ts'
import { requireContext } from '../app/context.ts'
import { cookieStoreOf, type CookieStore } from '../app/cookie_store.ts'
import { DraftMode } from '../app/draft_mode.ts'
import { sealedHeadersOf } from '../app/sealed_headers.ts'
import type { Headers } from '../web/headers.ts'

/** The request's cookies, and those set so far. */
export function cookies(): Promise<CookieStore> {
  const context = requireContext('cookies')
  refuseInsideCache(context.route, 'cookies()', notReadable)
  context.useRequest('`cookies`')
  return Promise.resolve(cookieStoreOf(context))
}

/** The request's headers, not to be changed. */
export function headers(): Promise<Headers> {
  const context = requireContext('headers')
  refuseInsideCache(context.route, 'headers()', notReadable)
  context.useRequest('`headers`')
  return Promise.resolve(sealedHeadersOf(context))
}

/** Draft mode of the request's browser. */
export function draftMode(): Promise<DraftMode> {
  return Promise.resolve(new DraftMode(requireContext('draftMode')))
}

export default { cookies, headers, draftMode }
