import type { LoadedRoute } from './generation.ts'

/** How many routes are named; the others are counted. */
const maxNamed = 3

/** Describes a route in messages: `/api/users/[id] (pages/api/users/[id].ts)`. */
export function describeRoute({ route }: LoadedRoute): string {
  return route.kind === 'middleware'
    ? `middleware (${route.file})`
    : `${route.path} (${route.file})`
}

/**
 * Describes the distinct routes and names the first ones: `/api/a (…), /api/b (…), /api/c (…) and 2
 * more`. Empty if there are none.
 */
export function describeRoutes(routes: Iterable<LoadedRoute>): string {
  const texts = [...new Set(Array.from(routes, describeRoute))]
  const more = texts.length - maxNamed
  return texts.slice(0, maxNamed).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

let findCurrent: () => LoadedRoute | undefined = () => undefined

/**
 * Adds a function that returns the route of the running code, or undefined if it does not know.
 * Functions added later are called first.
 */
export function setCurrentRoute(find: () => LoadedRoute | undefined): void {
  const before = findCurrent
  findCurrent = () => find() ?? before()
}

/**
 * Returns the route that the running code belongs to, also after an await; undefined if that is
 * unknown.
 */
export function currentRoute(): LoadedRoute | undefined {
  return findCurrent()
}
