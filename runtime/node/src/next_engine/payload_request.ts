/**
 * Adds `Vary` to pages, as Next.js's server does around a page's entry. Millrace's server has
 * checked the hash of a payload's fields in `_rsc`, before it uses its cache or a worker.
 */
import {
  interceptedPaths,
  routesManifestFile,
  shownPageField,
  type RoutesManifest,
} from './interceptions.ts'
import type { PageRequest } from './page_request.ts'
import type { ProjectNext } from './project_next.ts'

const varying = 'rsc, next-router-state-tree, next-router-prefetch, next-router-segment-prefetch'
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
