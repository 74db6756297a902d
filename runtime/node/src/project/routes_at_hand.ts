import type { LoadedRoute } from './generation.ts'

/** So many routes are named, the others counted. */
const named = 3

/** A route as messages show it: `/api/users/[id] (pages/api/users/[id].ts)`. */
export function describeRoute({ route }: LoadedRoute): string {
  return route.kind === 'middleware'
    ? `the proxy file (${route.file})`
    : `${route.path} (${route.file})`
}

/**
 * The distinct routes, the first ones named: `/api/a (…), /api/b (…), /api/c (…) and 2 more`. Empty
 * without any.
 */
export function describeRoutes(routes: Iterable<LoadedRoute>): string {
  const texts = [...new Set(Array.from(routes, describeRoute))]
  const more = texts.length - named
  return texts.slice(0, named).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

let findCurrent: () => LoadedRoute | undefined = () => undefined

/**
 * `find` knows the route of the running code, where the code runs in a context of its own; it is
 * asked before those set earlier.
 */
export function setCurrentRoute(find: () => LoadedRoute | undefined): void {
  const before = findCurrent
  findCurrent = () => find() ?? before()
}

/**
 * The route that the running code belongs to, after an await as well; undefined where that is not
 * known.
 */
export function currentRoute(): LoadedRoute | undefined {
  return findCurrent()
}
