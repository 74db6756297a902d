/**
 * What Next.js's own server would leave in `globalThis` for entries of `next build`, so that they
 * do as under `next start`: its context by the project's folder, the caches, and who hears of stray
 * errors.
 */
import type { Generation } from '../project/generation.ts'
import { FunctionCache } from './function_cache.ts'
import type { NextConfig, ProjectNext } from './project_next.ts'
import { projectDir } from './project_dir.ts'
import { responseCacheOf } from './response_cache.ts'
import { type EntryRunner, revalidationOf, type Revalidation } from './revalidate.ts'

interface EndableResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(text: string): unknown
}

interface ServerContext {
  /** Entries take parameters and query as they are handed over, not out of the URL. */
  readonly isWrappedByNextServer: true
  readonly nextConfig: NextConfig
  readonly revalidate: (asked: Revalidation) => Promise<void>
  readonly render404: (req: unknown, res: EndableResponse) => Promise<void>
}

const contexts = Symbol.for('@next/router-server-methods')
const caches = Symbol.for('@next/cache-handlers')
const rejectionListener = Symbol.for('next.unhandledRejectionListener')

/** Puts everything in its place for entries of a build. */
export function provideServerContext(
  generation: Generation,
  next: ProjectNext,
  entries: EntryRunner,
): void {
  const global = globalThis as unknown as Record<symbol | string, unknown>
  const functions = new FunctionCache()
  global[caches] = {
    FetchCache: responseCacheOf(generation, next),
    DefaultCache: functions,
    RemoteCache: functions,
  }
  const all = (global[contexts] ??= {}) as Record<string, ServerContext>
  all[projectDir] = {
    isWrappedByNextServer: true,
    nextConfig: next.config,
    revalidate: revalidationOf(generation, next, entries),
    render404,
  }
  const { initializeCacheHandlers } = next.load<{
    initializeCacheHandlers?: (bytes: unknown) => void
  }>('next/dist/server/use-cache/handlers')
  initializeCacheHandlers?.(next.config.cacheMaxMemorySize)
  // The worker logs stray errors, with the route that they are of.
  global['nextInitializedProcessErrorHandlers'] = true
  global[rejectionListener] = process.listeners('unhandledRejection')[0]
}

/** For paths that were not made at build, where no others are. */
function render404(_req: unknown, res: EndableResponse): Promise<void> {
  res.statusCode = 404
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.end('This page could not be found\n')
  return Promise.resolve()
}
