/**
 * Adds `Vary` to pages, as Next.js's server does around a page's entry. Millrace's server has
 * checked the hash of a payload's fields in `_rsc`, before it uses its cache or a worker.
 */
import type { PageRequest } from './page_request.ts'
import type { ProjectNext } from './project_next.ts'

const varying = 'rsc, next-router-state-tree, next-router-prefetch, next-router-segment-prefetch'
const nextUrl = 'next-url'
const marker = /(?:^|\/)(?:\(\.\)|\(\.\.\)|\(\.\.\.\))/

const interceptable = new WeakMap<ProjectNext, readonly RegExp[]>()

/** Whether a request is for a payload instead of a document. */
function isPayloadRequest({ req }: PageRequest): boolean {
  return req.headers['rsc'] === '1'
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
