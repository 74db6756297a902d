/** What a project's `instrumentation` file exports, and the call of its `onRequestError`. */
import { logError } from '../base/errors.ts'

/** The request as `onRequestError` gets it. */
export interface ReportedRequest {
  /** Path and query. */
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** Where an error came from, as `onRequestError` gets it. */
export interface ErrorContext {
  readonly routerKind: 'Pages Router' | 'App Router'
  /** As in the manifest: `/api/users/[id]`. */
  readonly routePath: string
  readonly routeType: 'route' | 'proxy'
  readonly revalidateReason: 'on-demand' | 'stale' | undefined
}

/** What a project's `instrumentation` file exports. */
export interface Instrumentation {
  readonly register?: () => unknown
  readonly onRequestError?: (
    error: unknown,
    request: ReportedRequest,
    context: ErrorContext,
  ) => unknown
}

/**
 * Tells the project's `onRequestError`, if there is one. Never rejects.
 * @returns when it is done with it; undefined where there is none.
 */
export function reportRequestError(
  hooks: Instrumentation | null,
  error: unknown,
  request: ReportedRequest,
  context: ErrorContext,
): Promise<void> | undefined {
  if (!hooks?.onRequestError) return undefined
  return tell(hooks, error, request, context)
}

async function tell(
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
