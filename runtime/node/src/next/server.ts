/** `next/server` for routes under Millrace. */
import { AfterTasks, type AfterTask } from '../context/after.ts'
import { refuseInsideCache } from '../cache/cache_scope.ts'
import { requireContext } from '../context/context.ts'
import { NextFetchEvent } from '../middleware/request.ts'
import { NextRequest } from '../web/next_request.ts'
import { NextResponse } from '../web/next_response.ts'
import { userAgent, userAgentFromString } from '../web/user_agent.ts'

export { NextFetchEvent, NextRequest, NextResponse, userAgent, userAgentFromString }

/** The platform's own. */
export const URLPattern = (globalThis as unknown as { URLPattern: unknown }).URLPattern

/** Was here before Next.js 14. @throws Error always, as in Next.js. */
export function ImageResponse(): never {
  throw new Error(
    'ImageResponse moved from "next/server" to "next/og" since Next.js 14, please import from "next/og" instead',
  )
}

/** Runs a callback, or waits for a promise, once the answer has been sent. */
export function after<T>(task: AfterTask<T>): void {
  const context = requireContext('after')
  const tasks = (context.after ??= new AfterTasks(context))
  tasks.add(task)
}

/** Resolves in a request, which is where a route handler always is. */
export function connection(): Promise<void> {
  const context = requireContext('connection')
  refuseInsideCache(
    context.route,
    'connection()',
    (scope) =>
      `can't be called inside ${scope} because cached functions may run during prerendering, without an incoming request. Call it outside the cached function.`,
  )
  context.useRequest('`connection`')
  return Promise.resolve()
}

export default {
  NextRequest,
  NextResponse,
  ImageResponse,
  userAgentFromString,
  userAgent,
  URLPattern,
  after,
  connection,
}
