import { describeError } from '../base/errors.ts'
import type { LoadedRoute } from '../project/generation.ts'
import { importRoute } from '../project/modules.ts'

/**
 * Loads a route's module as its first request would. Returns a message if that fails, otherwise
 * null.
 */
export async function loadRoute(target: LoadedRoute, within: number): Promise<string | null> {
  const { path, file } = target.route
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`its module took longer than ${within / 1000} s to load`)),
      within,
    )
  })
  try {
    await Promise.race([importRoute(target), late])
    return null
  } catch (error) {
    return `Failed to collect page data for ${path} (${file}):\n${describeError(error)}`
  } finally {
    clearTimeout(timer)
  }
}
