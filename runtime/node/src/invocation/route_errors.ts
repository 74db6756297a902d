import { addForwardedFields, joinFields } from '../base/fields.ts'
import { reportRequestError } from '../project/instrumentation.ts'
import type { Invocation } from './invocation.ts'
import { normalizeUrl, withoutBasePath } from './query.ts'

/**
 * Reports an error that a route's code has thrown to the project's `onRequestError`.
 * @returns a promise that settles when the hook has finished; undefined if the project has none.
 */
export function reportRouteError(
  invocation: Invocation,
  routerKind: 'Pages Router' | 'App Router',
  error: unknown,
): Promise<void> | undefined {
  const { generation, route } = invocation.target
  if (!generation.instrumentation?.onRequestError) return undefined
  const headers = joinFields(invocation.rawFields)
  addForwardedFields(headers, invocation)
  const path = normalizeUrl(
    withoutBasePath(invocation.url, generation.manifest.config.basePath),
    route.parameters,
  )
  const { method } = invocation
  // In the order of Next.js, for hooks that log the complete object.
  const request =
    routerKind === 'App Router' ? { path, headers, method } : { method, headers, path }
  const context = {
    routerKind,
    routePath: route.path,
    routeType: 'route',
    revalidateReason: reasonOf(invocation),
  } as const
  return reportRequestError(generation.instrumentation, error, request, context)
}

/** Why a response for the cache was made; undefined if it was made for a request. */
function reasonOf({ fill, rawFields }: Invocation): 'on-demand' | 'stale' | undefined {
  if (!fill) return undefined
  return /^x-millrace-on-demand:/im.test(rawFields) ? 'on-demand' : 'stale'
}
