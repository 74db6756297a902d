/**
 * Provides what Next.js's server puts into `globalThis` for entries of `next build`, so that they
 * behave as under `next start`: the server context by the project's folder, the caches, and the
 * listener for unhandled rejections.
 */
import type { Generation } from '../project/generation.ts'
import { FunctionCache } from './function_cache.ts'
import type { NextConfig, ProjectNext } from './project_next.ts'
import { projectDir } from './project_dir.ts'
import { responseCacheOf } from './response_cache.ts'
import {
  type EntryRunner,
  type RenderNotFound,
  revalidationOf,
  type Revalidation,
} from './revalidate.ts'

interface ServerContext {
  /** Makes entries take parameters and query as passed, not from the URL. */
  readonly isWrappedByNextServer: true
  readonly nextConfig: NextConfig
  readonly revalidate: (request: Revalidation) => Promise<void>
  readonly render404: RenderNotFound
}

const contexts = Symbol.for('@next/router-server-methods')
const caches = Symbol.for('@next/cache-handlers')
const rejectionListener = Symbol.for('next.unhandledRejectionListener')

/** Installs the globals for entries of a build. */
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
    // With an adapter, entries would not tell that another page can match.
    nextConfig: { ...next.config, adapterPath: undefined },
    revalidate: revalidationOf(generation, next, entries),
    render404: entries.renderNotFound,
  }
  provideDeployment(next.config, global)
  const { initializeCacheHandlers } = next.load<{
    initializeCacheHandlers?: (bytes: unknown) => void
  }>('next/dist/server/use-cache/handlers')
  initializeCacheHandlers?.(next.config.cacheMaxMemorySize)
  // The worker logs uncaught errors, with their route.
  global['nextInitializedProcessErrorHandlers'] = true
  global[rejectionListener] = process.listeners('unhandledRejection')[0]
}

/** Names the deployment for the code of entries: URLs of assets in pages carry it. */
function provideDeployment(config: NextConfig, global: Record<symbol | string, unknown>): void {
  const { supportsImmutableAssets = false, experimental = {} } = config
  if (experimental['runtimeServerDeploymentId'] !== true)
    process.env['NEXT_DEPLOYMENT_ID'] =
      experimental['useSkewCookie'] === true ? '' : (config.deploymentId ?? '')
  const id = process.env['NEXT_DEPLOYMENT_ID'] ?? ''
  global['NEXT_CLIENT_ASSET_SUFFIX'] = supportsImmutableAssets || id === '' ? '' : `?dpl=${id}`
}
