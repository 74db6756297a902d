/**
 * What Next.js's own server would leave where entries of `next build` look for it: `globalThis` under a symbol, by the
 * project's folder. With it an entry does as it does under `next start`.
 */
import type { Generation } from '../generation.ts'

interface ServerContext {
  /** Entries take parameters and query as they are handed over, not out of the URL. */
  readonly isWrappedByNextServer: true
}

const symbol = Symbol.for('@next/router-server-methods')

/** From the working directory, which is the project's folder, to the project. Not empty: entries would take that for unknown. */
export const projectDir = '.'

/** Puts the context of a generation in its place. */
export function serverContextOf(_generation: Generation): void {
  const all = ((globalThis as Record<symbol, unknown>)[symbol] ??= {}) as Record<string, ServerContext>
  all[projectDir] = { isWrappedByNextServer: true }
}
