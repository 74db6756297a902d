import type { Generation, LoadedRoute } from '../project/generation.ts'
import { describeRoute } from '../project/routes_at_hand.ts'

/** UTF-16 units: a frame holds them. */
const maxText = 64 * 1024

/**
 * Imports the module of each route with `prepare`.
 * @returns which cannot be loaded and why, a line each; null where all can.
 */
export async function loadEagerly(
  generation: Generation,
  prepare: (target: LoadedRoute) => Promise<unknown>,
): Promise<string | null> {
  // Those in C++ are loaded by workers of their own.
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
