import { addForwardedFields, joinFields } from '../base/fields.ts'
import { reportRequestError } from '../project/instrumentation.ts'
import type { Invocation } from './invocation.ts'
import { normalizeUrl, withoutBasePath } from './query.ts'

/**
 * Tells the project's `onRequestError` of an error that left a route's code.
 * @returns when it is done with it; undefined where nobody asks.
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
  // In the order in which Next.js has them, for hooks that log the whole.
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

/** Why an answer was being made to be kept; undefined for one to a request. */
function reasonOf({ fill, rawFields }: Invocation): 'on-demand' | 'stale' | undefined {
  if (!fill) return undefined
  return /^x-millrace-on-demand:/im.test(rawFields) ? 'on-demand' : 'stale'
}
