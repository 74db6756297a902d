/** The exports of a project's `instrumentation` file, and the call of its `onRequestError`. */
import { logError } from '../base/errors.ts'

/** The request that `onRequestError` gets. */
export interface ReportedRequest {
  /** Path and query. */
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** The source of an error, as `onRequestError` gets it. */
export interface ErrorContext {
  readonly routerKind: 'Pages Router' | 'App Router'
  /** As in the manifest: `/api/users/[id]`. */
  readonly routePath: string
  readonly routeType: 'route' | 'proxy'
  readonly revalidateReason: 'on-demand' | 'stale' | undefined
}

/** The exports of a project's `instrumentation` file. */
export interface Instrumentation {
  readonly register?: () => unknown
  readonly onRequestError?: (
    error: unknown,
    request: ReportedRequest,
    context: ErrorContext,
  ) => unknown
}

/**
 * Calls the project's `onRequestError`, if there is one. Never rejects.
 * @returns a promise that settles when the hook has finished; undefined if there is none.
 */
export function reportRequestError(
  hooks: Instrumentation | null,
  error: unknown,
  request: ReportedRequest,
  context: ErrorContext,
): Promise<void> | undefined {
  if (!hooks?.onRequestError) return undefined
  return report(hooks, error, request, context)
}

async function report(
  hooks: Instrumentation,
  error: unknown,
  request: ReportedRequest,
  context: ErrorContext,
): Promise<void> {
  try {
    await hooks.onRequestError?.(error, request, context)
  } catch (problem) {
    logError(problem, 'Error in instrumentation.onRequestError:')
  }
}
