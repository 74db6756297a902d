import type { Generation, LoadedRoute } from '../project/generation.ts'
import { describeRoute } from '../project/route_names.ts'

/** UTF-16 units, so that the text fits into a frame. */
const maxText = 64 * 1024

/**
 * Imports the module of each route with `prepare`.
 * @returns a line for each route that cannot be loaded, with the reason; null if all can.
 */
export async function preloadRoutes(
  generation: Generation,
  prepare: (target: LoadedRoute) => Promise<unknown>,
): Promise<string | null> {
  // Native routes are loaded by native workers.
  const routes = generation.routes.filter(({ route }) => !route.file.endsWith('.cpp'))
  const results = await Promise.allSettled(routes.map(prepare))
  const lines = results.flatMap((result, i) =>
    result.status === 'fulfilled'
      ? []
      : [`${describeRoute(routes[i]!)}: ${messageOf(result.reason)}`],
  )
  return lines.length === 0 ? null : lines.join('\n').slice(0, maxText)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
