/**
 * Does what Next.js's server does around the entry of a page that `next build` has compiled: checks
 * the method, sets the status of error pages, and selects the page for a missing or failed one.
 */
import { withoutBasePath } from '../invocation/query.ts'
import type { ApiRequest } from '../pages/request.ts'
import type { LoadedRoute } from '../project/generation.ts'
import type { PageRequest } from './page_request.ts'
import { setVary } from './payload_request.ts'
import { uncached } from './uncached.ts'

/** Values of `Sec-Fetch-Dest` for which the HTML of a 404 is useless. */
const subresources = new Set([
  'audio',
  'audioworklet',
  'font',
  'image',
  'json',
  'manifest',
  'paintworklet',
  'report',
  'script',
  'serviceworker',
  'sharedworker',
  'style',
  'track',
  'video',
  'webidentity',
  'worker',
  'xslt',
])

/**
 * Responds to requests that do not reach the page.
 * @returns whether it has responded.
 */
export function respondWithoutPage(page: PageRequest): boolean {
  // Next.js gives such requests to the edge runtime before its checks.
  if (page.entry.isEdge === true) return false
  const { config } = page.next
  if (isDataRequest(page.invocation.url, config.basePath ?? '')) {
    page.req.headers['x-nextjs-data'] = '1'
    if (page.target.route.module.endsWith('.html')) throw new NoFallbackError()
  }
  return checkRequest(page)
}

function checkRequest(page: PageRequest): boolean {
  const { req, res, target } = page
  const { path } = target.route
  if (isNotFoundPage(page)) {
    res.statusCode = 404
    if (isRequestedItself(page)) setVary(page)
    else res.setHeader('Cache-Control', uncached)
    if (respondToSubresource(page)) return true
    setVary(page)
    return false
  }
  if (path === '/_error') {
    // The server requests it for paths that cannot be decoded.
    res.statusCode = 400
    res.setHeader('Cache-Control', uncached)
    return false
  }
  setVary(page)
  const isRead = req.method === 'GET' || req.method === 'HEAD'
  const status = /^\/([45]\d\d)$/.exec(path)?.[1]
  if (status !== undefined) res.statusCode = Number(status)
  if (!isRead && status === undefined) {
    if (!isPossibleAction(req) && isStatic(page)) {
      res.statusCode = 405
      res.setHeader('Allow', ['GET', 'HEAD'])
      res.end('Method Not Allowed')
      return true
    }
  }
  if (req.method === 'OPTIONS') {
    res.statusCode = 400
    res.end()
    return true
  }
  return false
}

/**
 * Responds that something does not exist to a request for what is no document.
 * @returns whether it has responded.
 */
export function respondToSubresource({ req, res }: PageRequest): boolean {
  if (req.method !== 'GET' && req.method !== 'HEAD') return false
  if (!subresources.has(String(req.headers['sec-fetch-dest']))) return false
  res.statusCode = 404
  res.setHeader('Cache-Control', uncached)
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.end('Not Found')
  return true
}

/**
 * Whether the client has requested the page for missing paths by its own path. With a Pages Router,
 * `/404` is a page of that.
 */
function isRequestedItself({ next, target, invocation }: PageRequest): boolean {
  const path = withoutBasePath(invocation.url, next.config.basePath ?? '').replace(/\?.*$/s, '')
  if (path === '/_not-found') return true
  if (path !== '/404' && path !== '/500') return false
  return target.generation.routes.every(({ route }) => route.path !== '/_error')
}

function isNotFoundPage({ target }: PageRequest): boolean {
  return target.number === target.generation.manifest.pages?.not_found
}

/** Whether a request may call a Server Action, which the page itself determines. */
function isPossibleAction({ method, headers }: ApiRequest): boolean {
  const type = headers['content-type'] as string | undefined
  return (
    method === 'POST' &&
    (headers['next-action'] !== undefined ||
      type === 'application/x-www-form-urlencoded' ||
      type?.startsWith('multipart/form-data') === true)
  )
}

/** Whether the page does not depend on the request, apart from parameters of the Pages Router. */
function isStatic({ entry, next, target }: PageRequest): boolean {
  const { path, module } = target.route
  return (
    module.endsWith('.html') ||
    entry.getStaticProps !== undefined ||
    Object.hasOwn(next.prerenderManifest.routes, path)
  )
}

/** Returns the page that is shown if a page fails; null if the build has none. */
export function failurePageOf({ generation: { routes } }: LoadedRoute): LoadedRoute | null {
  const byPath = (path: string): LoadedRoute | undefined =>
    routes.find(
      ({ route }) => route.path === path && (route.kind === 'page' || route.kind === 'app-page'),
    )
  return byPath('/500') ?? byPath('/_error') ?? null
}

/** As Next.js's: nothing is known for the requested path, so that another page may respond. */
class NoFallbackError extends Error {}

/** The path below which clients fetch the properties of pages of the Pages Router. */
const dataPath = '/_next/data/'

function isDataRequest(url: string, basePath: string): boolean {
  return withoutBasePath(url, basePath).startsWith(dataPath)
}

/** Whether a path was not prerendered, of a page that allows no others. */
export function isNoFallback(error: unknown): boolean {
  return (
    (error as { constructor?: { name?: unknown } } | null)?.constructor?.name === 'NoFallbackError'
  )
}
