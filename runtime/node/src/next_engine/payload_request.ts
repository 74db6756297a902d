/**
 * Checks requests for React's payloads (`RSC: 1`) as Next.js's server does before it calls a page's
 * entry: caches that ignore `Vary` must find the relevant fields in the URL, as a hash in `_rsc`.
 */
import { queryOf, rewrittenQueryOf } from '../invocation/query.ts'
import { URL, URLSearchParams } from '../web/platform.ts'
import { requestedPath } from './next_match.ts'
import type { PageRequest } from './page_request.ts'
import type { ProjectNext } from './project_next.ts'
import type { RequestMeta } from './request_meta.ts'

/** The fields that select the payload, in the order in which they are hashed. */
type HashedFields = [
  prefetch: string | undefined,
  segment: string | undefined,
  stateTree: string | undefined,
  nextUrl: string | undefined,
]

type Hash = (...fields: HashedFields) => string | Promise<string>

interface Hashes {
  readonly computeCacheBustingSearchParam: Hash
  /** For clients without `crypto.subtle`; absent before Next.js 16.3. */
  readonly computeLegacyCacheBustingSearchParam?: Hash
}

const varying = 'rsc, next-router-state-tree, next-router-prefetch, next-router-segment-prefetch'
const nextUrl = 'next-url'
const marker = /(?:^|\/)(?:\(\.\)|\(\.\.\)|\(\.\.\.\))/

const interceptable = new WeakMap<ProjectNext, readonly RegExp[]>()

/** Whether a request is for a payload instead of a document. */
export function isPayloadRequest({ req }: PageRequest): boolean {
  return req.headers['rsc'] === '1'
}

/**
 * Responds with a redirect to the right `_rsc` if the request's is another.
 * @returns whether it has responded.
 */
export async function redirectToHash(page: PageRequest, meta: RequestMeta): Promise<boolean> {
  const { next, res } = page
  const { headers } = page.req
  if (next.config.experimental?.['validateRSCRequestHeaders'] !== true) return false
  const text = (name: string): string | undefined => headers[name] as string | undefined
  const prefetch = text('next-router-prefetch')
  const fields: HashedFields = [
    prefetch !== undefined && ['1', '2', '3'].includes(prefetch) ? prefetch : undefined,
    text('next-router-segment-prefetch') || undefined,
    text('next-router-state-tree'),
    text(nextUrl),
  ]
  const hashes = next.load<Hashes>('next/dist/shared/lib/router/utils/cache-busting-search-param')
  const expected = await hashes.computeCacheBustingSearchParam(...fields)
  const url = new URL(meta.initURL)
  const actual = url.searchParams.get('_rsc')
  if (actual === expected) return false
  if (actual !== null && hashes.computeLegacyCacheBustingSearchParam !== undefined) {
    if ((await hashes.computeLegacyCacheBustingSearchParam(...fields)) === actual) return false
  }
  const { setCacheBustingSearchParamWithHash } = next.load<{
    setCacheBustingSearchParamWithHash: (url: URL, hash: string) => void
  }>('next/dist/client/components/router-reducer/set-cache-busting-search-param')
  setCacheBustingSearchParamWithHash(url, expected)
  res.statusCode = 307
  res.setHeader('location', url.pathname + url.search)
  res.end('')
  return true
}

/**
 * Tells the client to which path and query a request for a payload was rewritten, in addition to
 * its own.
 */
export function setRewrittenFields(page: PageRequest): void {
  const { res, invocation } = page
  const { rewrittenQuery, url } = invocation
  if (rewrittenQuery === null || !isPayloadRequest(page)) return
  const mark = url.indexOf('?')
  const path = (page.next.config.basePath ?? '') + requestedPath(invocation)
  if (path !== (mark < 0 ? url : url.slice(0, mark))) res.setHeader('x-nextjs-rewritten-path', path)
  const own = queryOf(url)
  const added = new URLSearchParams()
  for (const [name, value] of Object.entries(rewrittenQueryOf(rewrittenQuery))) {
    if (String(own[name]) === String(value)) continue
    for (const one of [value ?? ''].flat()) added.append(name, one)
  }
  const query = added.toString()
  if (query !== (mark < 0 ? '' : url.slice(mark + 1)))
    res.setHeader('x-nextjs-rewritten-query', query)
}

/** Sets `Vary`, and removes `Next-Url` from a request whose response does not depend on it. */
export function setVary(page: PageRequest): void {
  const { req, res, target } = page
  const isAppPage = target.route.kind === 'app-page'
  if (isAppPage && isInterceptable(page)) {
    res.appendHeader('vary', `${varying}, ${nextUrl}`)
    return
  }
  if (isAppPage || isPayloadRequest(page)) res.appendHeader('vary', varying)
  delete req.headers[nextUrl]
}

/** Whether an intercepting route can respond at the request's path. */
function isInterceptable({ next, target, invocation: { url } }: PageRequest): boolean {
  if (marker.test(target.route.path)) return true
  let patterns = interceptable.get(next)
  if (patterns === undefined) interceptable.set(next, (patterns = patternsOf(next)))
  if (patterns.length === 0) return false
  const path = url.replace(/\?.*$/s, '').slice((next.config.basePath ?? '').length)
  return patterns.some((pattern) => pattern.test(path))
}

interface InterceptionRule {
  readonly destination?: string
  readonly regex: string
}

function patternsOf(next: ProjectNext): RegExp[] {
  const { isInterceptionRouteRewrite } = next.load<{
    isInterceptionRouteRewrite: (rule: InterceptionRule) => boolean
  }>('next/dist/lib/is-interception-route-rewrite')
  const { rewrites } = next.read<{ rewrites: { beforeFiles: InterceptionRule[] } }>(
    'routes-manifest.json',
  )
  return rewrites.beforeFiles
    .filter((rule) => isInterceptionRouteRewrite(rule))
    .map(({ regex }) => new RegExp(regex))
}
