/**
 * `res.revalidate()` of a route that `next build` has compiled: what is kept of a path's answer is
 * made anew.
 */
import { DataCache } from '../cache/data_cache.ts'
import { prepare } from '../routes/dispatch.ts'
import { logError } from '../invocation/failure.ts'
import type { Generation, LoadedRoute } from '../project/generation.ts'
import type { Route } from '../project/manifest.ts'
import type { ProjectNext } from './project_next.ts'

/** What an entry asks its server for. */
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

/** Runs an entry for a request that nobody has sent; see {@link setEntryCaller}. */
type EntryCaller = (
  target: LoadedRoute,
  req: unknown,
  res: unknown,
  params: Readonly<Record<string, string | string[]>>,
) => Promise<unknown>

let callEntry: EntryCaller | undefined

/** `call` runs an entry whose module has been loaded. */
export function setEntryCaller(call: EntryCaller): void {
  callEntry = call
}

/** What does it in a generation. Routes of the light engine are the server's to make anew. */
export function revalidationOf(
  generation: Generation,
  next: ProjectNext,
): (asked: Revalidation) => Promise<void> {
  const { createRequestResponseMocks } = next.load<{
    createRequestResponseMocks: (request: object) => Mocks
  }>('next/dist/server/lib/mock-request')
  return async ({ urlPath, headers, opts }) => {
    const found = findRoute(generation, urlPath, next.config.basePath ?? '')
    const onlyKept = opts?.unstable_onlyGenerated === true
    let status: number
    if (found === null) {
      status = await DataCache.shared.refresh(urlPath, onlyKept)
      if (status < 500) status = 200
    } else {
      const { req, res } = createRequestResponseMocks({ url: urlPath, headers: { ...headers } })
      await prepare(found.target)
      try {
        await callEntry!(found.target, req, res, found.params)
        await res.hasStreamed
      } catch (error) {
        // What the entry has answered before it gave up stands.
        if (res.statusCode === 200) throw failedWith(500)
        if (res.statusCode !== 404) logError(error)
      }
      status =
        res.getHeader('x-nextjs-cache') === 'REVALIDATED' || (res.statusCode === 404 && onlyKept)
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
  readonly params: Readonly<Record<string, string | string[]>>
}

/** The route of this engine that answers for a path; null where another does, or none. */
function findRoute({ routes }: Generation, url: string, basePath: string): FoundRoute | null {
  const path = url.replace(/[?#].*$/s, '')
  const inside = path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : path
  for (const target of routes) {
    const params = target.route.kind === 'middleware' ? null : matched(target.route, inside)
    if (params !== null) return target.route.engine === 'next' ? { target, params } : null
  }
  return null
}

/**
 * The parameters of a path that a route answers for. Routes stand in the order in which they are
 * tried.
 */
function matched({ path, parameters }: Route, given: string): FoundRoute['params'] | null {
  const kinds = { single: '([^/]+)', 'catch-all': '(.+)', 'optional-catch-all': '(.*)' }
  let index = 0
  const pattern = path.split('/').map((segment) => {
    const parameter = /^\[/.test(segment) ? parameters[index++] : undefined
    return parameter === undefined
      ? segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      : kinds[parameter.kind]
  })
  const found = new RegExp(
    `^${pattern.join('/').replace(/\/\(\.\*\)$/, '(?:/(.*))?')}/?$`,
    's',
  ).exec(given)
  if (found === null) return null
  const params: Record<string, string | string[]> = {}
  for (const [at, { name, kind }] of parameters.entries()) {
    const value = found[at + 1]
    if (value === undefined || (value === '' && kind === 'optional-catch-all')) continue
    params[name] =
      kind === 'single' ? decodeURIComponent(value) : value.split('/').map(decodeURIComponent)
  }
  return params
}
