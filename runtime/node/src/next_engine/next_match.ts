/**
 * Finds the page to try after one whose paths are all prerendered and do not include the requested
 * one (`fallback: false`, `dynamicParams = false`), as Next.js continues its search then.
 */
import type { Invocation } from '../invocation/invocation.ts'
import type { LoadedRoute } from '../project/generation.ts'
import type { ProjectNext } from './project_next.ts'

/** A page with its parameters. */
export interface MatchedPage {
  readonly target: LoadedRoute
  readonly params: Readonly<Record<string, string | string[]>>
}

/** Returns the next dynamic page that matches; null if there is none besides those tried. */
export function nextMatch(
  next: ProjectNext,
  invocation: Invocation,
  tried: readonly LoadedRoute[],
): MatchedPage | null {
  const path = requestedPath(invocation)
  const { getRouteRegex } = next.load<{ getRouteRegex: (path: string) => object }>(
    'next/dist/shared/lib/router/utils/route-regex',
  )
  const { getRouteMatcher } = next.load<{
    getRouteMatcher: (regex: object) => (path: string) => MatchedPage['params'] | false
  }>('next/dist/shared/lib/router/utils/route-matcher')
  const { getSortedRoutes } = next.load<{ getSortedRoutes: (paths: string[]) => string[] }>(
    'next/dist/shared/lib/router/utils/sorted-routes',
  )
  const found = new Map<string, MatchedPage>()
  for (const target of invocation.target.generation.routes) {
    const { kind, parameters, path: pattern } = target.route
    const isPage = kind === 'page' || kind === 'app-page'
    if (!isPage || parameters.length === 0 || tried.includes(target)) continue
    const params = getRouteMatcher(getRouteRegex(pattern))(path)
    if (params !== false) found.set(pattern, { target, params })
  }
  const [first] = getSortedRoutes([...found.keys()])
  return first === undefined ? null : found.get(first)!
}

/** Returns the path that the route has matched, after rewrites, without base path and locale. */
function requestedPath({ target, rawParameters }: Invocation): string {
  const values = rawParameters.split(' ')
  let used = 0
  const segments = target.route.path
    .split('/')
    .map((segment) => (segment.startsWith('[') ? (values[used++] ?? '') : segment))
  return segments.filter((segment, place) => place === 0 || segment !== '').join('/') || '/'
}
