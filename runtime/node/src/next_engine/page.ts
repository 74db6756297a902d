/**
 * Does what Next.js's server does around the entry of a page that `next build` has compiled: checks
 * the method, sets the status of error pages, and selects the page for a missing or failed one.
 */
import { withoutBasePath, withoutLocale } from '../invocation/query.ts'
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
    // Without a middleware, Next.js marks only the data of dynamic pages.
    const { route, generation } = page.target
    const isMarked = generation.manifest.middleware !== null || route.parameters.length > 0
    if (isMarked) page.req.headers['x-nextjs-data'] = '1'
    else delete page.req.headers['x-nextjs-data']
    if (hasNoData(page)) {
      if (generation.manifest.middleware === null) throw new NoFallbackError()
      page.res.setHeader('x-nextjs-matched-path', localisedPath(page))
    }
  }
  return checkRequest(page)
}

function checkRequest(page: PageRequest): boolean {
  const { req, res, target } = page
  const { path } = target.route
  if (isNotFoundPage(page) && !isOwnDataRequested(page)) {
    res.statusCode = 404
    if (isRequestedItself(page)) setVary(page)
    else res.setHeader('Cache-Control', uncached)
    if (respondToSubresource(page)) return true
    setVary(page)
    return false
  }
  const { initialStatus } = page.invocation
  if (path === '/_error' || (path === '/500' && initialStatus === 500)) {
    // The server shows it in place of what has failed.
    res.setHeader('Cache-Control', uncached)
    setVary(page)
    if (initialStatus === 405) res.setHeader('Allow', ['GET', 'HEAD'])
    return false
  }
  setVary(page)
  if (req.headers['x-middleware-prefetch'] !== undefined && !isPrerenderable(page)) {
    respondToPrefetch(page)
    return true
  }
  const isRead = req.method === 'GET' || req.method === 'HEAD'
  const status = /^\/([45]\d\d)$/.exec(path)?.[1]
  if (status !== undefined && !isNotFoundPage(page)) res.statusCode = Number(status)
  if (!isRead && status === undefined) {
    if (!isPossibleAction(req) && isStatic(page)) {
      res.statusCode = 405
      res.setHeader('Allow', ['GET', 'HEAD'])
      res.end('Method Not Allowed')
      return true
    }
  }
  if (req.method === 'OPTIONS' && status === undefined) {
    res.statusCode = 400
    res.end()
    return true
  }
  return false
}

/**
 * Responds to a client that only wants to know where the middleware leads: it gets no data of a
 * page that is rendered for each request.
 */
function respondToPrefetch({ res, target }: PageRequest): void {
  res.setHeader('x-matched-path', target.route.path)
  res.setHeader('x-middleware-skip', '1')
  res.setHeader('cache-control', uncached)
  res.end('{}')
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
  // The response is kept for all paths that are missing.
  if (invocation.fill) return false
  const path = withoutBasePath(invocation.url, next.config.basePath ?? '').replace(/\?.*$/s, '')
  if (path === '/_not-found') return true
  const isOwn = withoutLocale(path, next.config.i18n?.locales) === target.route.path
  if (isOwn && target.route.path === '/404') return true
  if (path !== '/404' && path !== '/500') return false
  return target.generation.routes.every(({ route }) => route.path !== '/_error')
}

/** Whether the data of the page for missing paths is requested, as that of any other page. */
function isOwnDataRequested({ next, target, invocation: { url } }: PageRequest): boolean {
  if (!isDataRequest(url, next.config.basePath ?? '')) return false
  return url.replace(/\?.*$/s, '').endsWith(`${target.route.path}.json`)
}

/** Returns the page's path with the request's locale, as Next.js writes it. */
function localisedPath({ target, locale }: PageRequest): string {
  return locale === undefined ? target.route.path : `/${locale}${target.route.path}`
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

/** Whether a page of the Pages Router has nothing that Next.js's client requests apart. */
function hasNoData({ target, entry }: PageRequest): boolean {
  if (target.route.module.endsWith('.html')) return true
  if (target.route.kind !== 'page' || entry.isEdge === true) return false
  return entry.getStaticProps === undefined && entry.getServerSideProps === undefined
}

/** Whether the page does not depend on the request, apart from parameters of the Pages Router. */
function isStatic(page: PageRequest): boolean {
  return page.target.route.module.endsWith('.html') || isPrerenderable(page)
}

/** Whether the page is made by `getStaticProps`, or by the build at its own path. */
function isPrerenderable({ entry, next, target }: PageRequest): boolean {
  return (
    entry.getStaticProps !== undefined ||
    Object.hasOwn(next.prerenderManifest.routes, target.route.path)
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
