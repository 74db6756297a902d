/** `next/server` for routes. */
import { AfterTasks, type AfterTask } from '../context/after.ts'
import { rejectInsideCache } from '../cache/cache_scope.ts'
import { requireContext } from '../context/context.ts'
import { NextFetchEvent } from '../middleware/request.ts'
import { NextRequest } from '../web/next_request.ts'
import { NextResponse } from '../web/next_response.ts'
import { userAgent, userAgentFromString } from '../web/user_agent.ts'

export { NextFetchEvent, NextRequest, NextResponse, userAgent, userAgentFromString }

/** The platform's own class. */
export const URLPattern = (globalThis as unknown as { URLPattern: unknown }).URLPattern

/** Moved to `next/og` in Next.js 14. @throws Error always, as in Next.js. */
export function ImageResponse(): never {
  throw new Error(
    'ImageResponse moved from "next/server" to "next/og" since Next.js 14, please import from "next/og" instead',
  )
}

/** Runs a callback, or waits for a promise, after the response has been sent. */
export function after<T>(task: AfterTask<T>): void {
  const context = requireContext('after')
  const tasks = (context.after ??= new AfterTasks(context))
  tasks.add(task)
}

/** Resolves in a request, where a route handler always is. */
export function connection(): Promise<void> {
  const context = requireContext('connection')
  rejectInsideCache(
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
