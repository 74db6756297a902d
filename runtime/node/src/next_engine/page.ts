/**
 * Does what Next.js's server does around the entry of a page that `next build` has compiled: checks
 * the method, sets the status of error pages, and selects the page for a missing or failed one.
 */
import { fs } from '../base/builtins.ts'
import type { Invocation } from '../invocation/invocation.ts'
import type { OutgoingResponse } from '../pages/outgoing_response.ts'
import type { ApiRequest } from '../pages/request.ts'
import type { LoadedRoute } from '../project/generation.ts'
import type { Entry } from './entry.ts'
import type { ProjectNext } from './project_next.ts'

/** A request for a page. */
export interface PageRequest {
  readonly req: ApiRequest
  readonly res: OutgoingResponse
  readonly next: ProjectNext
  readonly invocation: Invocation
}

const uncached = 'private, no-cache, no-store, max-age=0, must-revalidate'

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

/** Responds to requests that do not reach the page. @returns whether it has responded. */
export function respondWithoutPage(page: PageRequest): boolean {
  const { req, res, next, invocation } = page
  const { target } = invocation
  const { path } = target.route
  const isNotFound = target.number === target.generation.manifest.pages?.not_found
  const isRead = req.method === 'GET' || req.method === 'HEAD'
  if (isNotFound) {
    res.statusCode = 404
    res.setHeader('Cache-Control', uncached)
    if (isRead && subresources.has(String(req.headers['sec-fetch-dest']))) {
      res.setHeader('Content-Type', 'text/plain; charset=utf-8')
      res.end('Not Found')
      return true
    }
    return false
  }
  const status = /^\/([45]\d\d)$/.exec(path)?.[1]
  if (status !== undefined) res.statusCode = Number(status)
  if (req.method === 'OPTIONS') {
    res.statusCode = 400
    res.end()
    return true
  }
  if (isRead || status !== undefined || path === '/_error') return false
  if (isPossibleAction(req) || !isStatic(next, invocation)) return false
  res.statusCode = 405
  res.setHeader('Allow', ['GET', 'HEAD'])
  res.end('Method Not Allowed')
  return true
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

function isStatic({ prerenderManifest }: ProjectNext, { target }: Invocation): boolean {
  const { path, module } = target.route
  return (
    module.endsWith('.html') ||
    Object.hasOwn(prerenderManifest.dynamicRoutes, path) ||
    Object.hasOwn(prerenderManifest.routes, path)
  )
}

/** Creates the entry of a static page: an HTML file. */
export function staticPage(file: string): Entry {
  const html = fs.readFileSync(file)
  return {
    handler: (_req, res) => {
      res.setHeader('Content-Type', 'text/html; charset=utf-8')
      res.end(html)
      return Promise.resolve()
    },
  }
}

/** Returns the page that is shown for an error; null if the build has none. */
export function pageOfError(
  { generation }: LoadedRoute,
  error: unknown,
): { readonly target: LoadedRoute; readonly status: number } | null {
  const { manifest, routes } = generation
  if (manifest.pages === null) return null
  if (isNoFallback(error)) return { target: routes[manifest.pages.not_found]!, status: 404 }
  const byPath = (path: string): LoadedRoute | undefined =>
    routes.find(
      ({ route }) => route.path === path && (route.kind === 'page' || route.kind === 'app-page'),
    )
  const target = byPath('/500') ?? byPath('/_error')
  return target === undefined ? null : { target, status: 500 }
}

/** Whether a path was not prerendered, of a page that allows no others. */
function isNoFallback(error: unknown): boolean {
  return (
    (error as { constructor?: { name?: unknown } } | null)?.constructor?.name === 'NoFallbackError'
  )
}
