import '../web/install.ts'
import { logError } from '../base/errors.ts'
import { respondWithError } from '../invocation/failure.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { reportRouteError } from '../invocation/route_errors.ts'
import { respondOnceReported } from '../invocation/settle.ts'
import { traceHandler } from '../invocation/tracing.ts'
import type { NextRequest } from '../web/next_request.ts'
import { isResponse } from '../web/response.ts'
import { installAgentFetch } from './agent_fetch.ts'
import { RequestContext, runInContext } from './context.ts'
import { mergeCookies } from './cookie_store.ts'
import { sendResponse } from './send.ts'

/** A handler of `pages/api` with `runtime: 'edge'`. */
export type EdgeHandler = (request: NextRequest, event: EdgeEvent) => unknown

/** The second argument of an edge handler. */
export interface EdgeEvent {
  /** Makes a draining worker wait for `promise`. */
  waitUntil(promise: Promise<unknown>): void
}

/** Handles an invocation with a handler that takes a `Request` and returns a `Response`. */
export function runEdgeHandler(invocation: Invocation, handler: EdgeHandler): void {
  installAgentFetch()
  const context = new RequestContext(invocation, true)
  context.namesAgent = true
  const fail = (error: unknown): void => {
    const respond = (): void => {
      if (!invocation.aborted) respondWithError(invocation, error)
    }
    respondOnceReported(
      invocation,
      () => reportRouteError(invocation, 'Pages Router', error),
      respond,
    )
  }
  const event: EdgeEvent = {
    waitUntil: (promise) =>
      invocation.waitUntil(Promise.resolve(promise).catch((error: unknown) => logError(error))),
  }
  // An async function, so that exceptions become rejections as well.
  const result = (async () =>
    traceHandler(invocation, () => runInContext(context, handler, context.request, event)))()
  result
    .then((response) => {
      if (invocation.aborted) return
      if (response === undefined || response === null) {
        // Next.js's response for a handler that returns none.
        invocation.respond(200, '', 'x-middleware-next: 1\r\n', null, true)
        return
      }
      if (!isResponse(response))
        throw new TypeError('Expected an instance of Response to be returned')
      const cookies = context.cookieStore === null ? null : mergeCookies(context, response.headers)
      sendResponse(invocation, response, cookies, fail)
    })
    .catch(fail)
}
