/** `next/headers` for routes. */
import { notReadable, rejectInsideCache } from '../cache/cache_scope.ts'
import { requireContext, type RequestContext } from '../context/context.ts'
import { cookieStoreOf, type CookieStore } from '../context/cookie_store.ts'
import { DraftMode } from '../context/draft_mode.ts'
import { hasMembers, memberPromises } from '../context/members.ts'
import { sealedHeadersOf } from '../context/sealed_headers.ts'
import type { Headers } from '../web/headers.ts'

const cookiePromise = memberPromises<CookieStore>(
  'cookies()',
  ['get', 'getAll', 'has', 'set', 'delete', 'toString'],
  {
    size: (store) => store.getAll().length,
    clear: (store) => () => {
      for (const { name } of store.getAll()) store.delete(name)
    },
    [Symbol.iterator]: (store) => () =>
      store
        .getAll()
        .map((cookie) => [cookie.name, cookie] as const)
        [Symbol.iterator](),
  },
)
const headersPromise = memberPromises<Headers>('headers()', [
  'append',
  'delete',
  'get',
  'has',
  'set',
  'getSetCookie',
  'forEach',
  'keys',
  'values',
  'entries',
  Symbol.iterator,
]) // prettier-ignore
const draftPromise = memberPromises<DraftMode>('draftMode()', ['isEnabled', 'enable', 'disable'])

/** Returns the request's cookies, overridden by those set so far. */
export function cookies(): Promise<CookieStore> {
  const context = requireContext('cookies')
  rejectInsideCache(context.route, 'cookies()', notReadable)
  context.useRequest('`cookies`')
  return promised(context, cookieStoreOf(context), cookiePromise)
}

/** Returns the request's headers, read-only. */
export function headers(): Promise<Headers> {
  const context = requireContext('headers')
  rejectInsideCache(context.route, 'headers()', notReadable)
  context.useRequest('`headers`')
  return promised(context, sealedHeadersOf(context), headersPromise)
}

/** Returns the draft mode of the request's browser. */
export function draftMode(): Promise<DraftMode> {
  const context = requireContext('draftMode')
  return promised(context, new DraftMode(context), draftPromise)
}

function promised<T extends object>(
  context: RequestContext,
  value: T,
  withMembers: (value: T, route: string) => Promise<T>,
): Promise<T> {
  return hasMembers(context.invocation.target.generation)
    ? withMembers(value, context.route)
    : Promise.resolve(value)
}

export default { cookies, headers, draftMode }
