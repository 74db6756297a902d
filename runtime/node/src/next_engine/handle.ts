/**
 * Runs a route that the project's own `next build` has compiled: its entry gets node's `req` and `res` over the
 * invocation, and beside them what `next start` would have found out about the request.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { answerWithError } from '../failure.ts'
import type { LoadedRoute, RunRoute } from '../generation.ts'
import type { Invocation } from '../invocation.ts'
import { isHttpImported } from '../modules.ts'
import { joinHttpClasses, ownProperties } from '../pages/http_likeness.ts'
import { OutgoingResponse } from '../pages/outgoing_response.ts'
import { ApiRequest } from '../pages/request.ts'
import { ApiResponse } from '../pages/response.ts'
import { settle } from '../settle.ts'
import { runSoon } from '../turns.ts'
import { requestMetaOf, type RequestMeta } from './request_meta.ts'
import { serverContextOf } from './server_context.ts'

/** What an entry of `next build` exports; see "Invoking Entrypoints" in Next.js's documentation of adapters. */
interface Entry {
  readonly handler: (req: unknown, res: unknown, context: EntryContext) => Promise<unknown>
}

interface EntryContext {
  readonly waitUntil: (promise: Promise<unknown>) => void
  readonly requestMeta: RequestMeta
}

/**
 * What runs an entry.
 * @throws Error for a module that is none.
 */
export async function prepareNextRoute(target: LoadedRoute): Promise<RunRoute> {
  serverContextOf(target.generation)
  const entry = await loadEntry(target)
  // Next.js's own code has imported node:http.
  if (isHttpImported()) joinHttpClasses(ApiRequest, ApiResponse)
  const run: RunRoute = (invocation) => answer(entry, invocation)
  return (invocation) => runSoon(run, invocation)
}

async function loadEntry({ generation, route }: LoadedRoute): Promise<Entry> {
  const path = join(generation.folder, route.module)
  // An entry that awaits at its top level is a promise of its exports.
  const entry = (await createRequire(path)(path)) as Partial<Entry> | null
  if (typeof entry?.handler !== 'function') {
    throw new Error(`${route.module}: expected an entry of \`next build\` with a handler, found none; run \`millrace build\` again`)
  }
  return entry as Entry
}

function answer(entry: Entry, invocation: Invocation): void {
  const req = new ApiRequest(invocation)
  const res = new OutgoingResponse(req, invocation, Infinity)
  req.attach(res as ApiResponse)
  ownProperties(req, res as ApiResponse)
  // As it came: the entry takes base path and locale away itself.
  req.url = invocation.url
  const context: EntryContext = {
    waitUntil: (promise) => invocation.waitUntil(promise),
    requestMeta: requestMetaOf(req, invocation),
  }
  settle(invocation, entry.handler(req, res, context), undefined, (error) => fail(error, invocation))
}

/** An entry answers for its route's errors; what it throws has no answer yet. */
function fail(error: unknown, invocation: Invocation): void {
  answerWithError(invocation, error)
}
