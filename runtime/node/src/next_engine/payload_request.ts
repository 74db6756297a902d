/**
 * Adds the fields of React's payloads (`RSC: 1`) that Next.js's server adds around a page's entry:
 * `Vary`, and the path and query to which a request was rewritten. The server itself has checked
 * the hash in `_rsc`, before it uses its cache or a worker.
 */
import { queryOf, rewrittenQueryOf } from '../invocation/query.ts'
import { URLSearchParams } from '../web/platform.ts'
import {
  interceptedPaths,
  routesManifestFile,
  shownPageField,
  type RoutesManifest,
} from './interceptions.ts'
import { requestedPath } from './next_match.ts'
import type { PageRequest } from './page_request.ts'
import type { ProjectNext } from './project_next.ts'

const varying = 'rsc, next-router-state-tree, next-router-prefetch, next-router-segment-prefetch'
const marker = /(?:^|\/)(?:\(\.\)|\(\.\.\)|\(\.\.\.\))/

const interceptable = new WeakMap<ProjectNext, readonly RegExp[]>()

/** Whether a request is for a payload instead of a document. */
function isPayloadRequest({ req }: PageRequest): boolean {
  return req.headers['rsc'] === '1'
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
    res.appendHeader('vary', `${varying}, ${shownPageField}`)
    return
  }
  if (isAppPage || isPayloadRequest(page)) res.appendHeader('vary', varying)
  delete req.headers[shownPageField]
}

/** Whether an intercepting route can respond at the request's path. */
function isInterceptable({ next, target, invocation: { url } }: PageRequest): boolean {
  if (marker.test(target.route.path)) return true
  let patterns = interceptable.get(next)
  if (patterns === undefined) {
    patterns = interceptedPaths(next.read<RoutesManifest>(routesManifestFile))
    interceptable.set(next, patterns)
  }
  if (patterns.length === 0) return false
  const path = url.replace(/\?.*$/s, '').slice((next.config.basePath ?? '').length)
  return patterns.some((pattern) => pattern.test(path))
}
