/**
 * `res.revalidate()` of a route that `next build` has compiled: renews the cached response of a
 * path.
 */
import { DataCache } from '../cache/data_cache.ts'
import { logError } from '../base/errors.ts'
import type { Generation, LoadedRoute } from '../project/generation.ts'
import { withoutLocale } from '../invocation/query.ts'
import type { ProjectNext } from './project_next.ts'

/** A revalidation that an entry requests. */
export interface Revalidation {
  readonly urlPath: string
  readonly headers: Readonly<Record<string, string>>
  readonly opts?: { readonly unstable_onlyGenerated?: boolean }
}

interface Mocks {
  readonly req: unknown
  readonly res: {
    readonly statusCode: number
    readonly hasStreamed: Promise<unknown>
    getHeader(name: string): unknown
  }
}

/** A response of Node.js's interface. */
interface EndableResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(text: string): unknown
}

/** Shows the page for missing paths; `setHeaders`: with the fields of an error. */
export type RenderNotFound = (
  req: object,
  res: EndableResponse,
  url?: unknown,
  setHeaders?: boolean,
) => Promise<void>

/** Runs an entry for a request without a client. */
export interface EntryRunner {
  /** Loads the entry's module. */
  readonly prepare: (target: LoadedRoute) => Promise<unknown>
  /** Runs an entry whose module has been loaded. */
  readonly call: (
    target: LoadedRoute,
    req: unknown,
    res: unknown,
    params: Readonly<Record<string, string | string[]>>,
  ) => Promise<unknown>
  readonly renderNotFound: RenderNotFound
}

/**
 * Returns the function that revalidates paths of a generation. The server revalidates routes of the
 * light engine.
 */
export function revalidationOf(
  generation: Generation,
  next: ProjectNext,
  entries: EntryRunner,
): (request: Revalidation) => Promise<void> {
  const { createRequestResponseMocks } = next.load<{
    createRequestResponseMocks: (request: object) => Mocks
  }>('next/dist/server/lib/mock-request')
  let find: Find | undefined
  return async ({ urlPath, headers, opts }) => {
    find ??= finderOf(generation, next)
    const found = find(urlPath)
    const onlyCached = opts?.unstable_onlyGenerated === true
    let status: number
    if (found === null) {
      status = await DataCache.shared.refresh(urlPath, onlyCached)
      if (status === 404 && onlyCached) status = 200
    } else {
      const { req, res } = createRequestResponseMocks({ url: urlPath, headers: { ...headers } })
      await entries.prepare(found.target)
      try {
        await entries.call(found.target, req, res, found.params)
        await res.hasStreamed
      } catch (error) {
        // A response that the entry has made before the error is kept.
        if (res.statusCode === 200) throw failedWith(500)
        if (res.statusCode !== 404) logError(error)
      }
      status =
        res.getHeader('x-nextjs-cache') === 'REVALIDATED' || (res.statusCode === 404 && onlyCached)
          ? 200
          : res.statusCode
    }
    if (status !== 200) throw failedWith(status)
  }
}

function failedWith(status: number): Error {
  return new Error(`Invalid response ${status}`)
}

interface FoundRoute {
  readonly target: LoadedRoute
  readonly params: Params
}

type Params = Readonly<Record<string, string | string[]>>
type Find = (urlPath: string) => FoundRoute | null

/**
 * Finds the route of this engine that matches a path; null if another engine's route matches, or
 * none.
 */
function finderOf({ routes }: Generation, next: ProjectNext): Find {
  const { getRouteRegex } = next.load<{ getRouteRegex: (path: string) => object }>(
    'next/dist/shared/lib/router/utils/route-regex',
  )
  const { getRouteMatcher } = next.load<{
    getRouteMatcher: (regex: object) => (path: string) => Params | false
  }>('next/dist/shared/lib/router/utils/route-matcher')
  const basePath = next.config.basePath ?? ''
  // Routes are in the order in which they are matched.
  const matchers = routes
    .filter(({ route }) => route.kind !== 'middleware')
    .map((target) => ({ target, match: getRouteMatcher(getRouteRegex(target.route.path)) }))
  return (urlPath) => {
    const path = urlPath.replace(/[?#].*$/s, '')
    const below = path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : path
    // The entry itself finds the locale.
    const inside = withoutLocale(below, next.config.i18n?.locales)
    for (const { target, match } of matchers) {
      const params = match(inside)
      if (params !== false) return target.route.engine === 'next' ? { target, params } : null
    }
    return null
  }
}
