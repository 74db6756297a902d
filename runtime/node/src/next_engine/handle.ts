/**
 * Runs a route that the project's own `next build` has compiled: its entry gets node's `req` and
 * `res` over the invocation, and beside them what `next start` would have found out about the
 * request.
 */
import { join } from 'node:path'

import { asyncHooks } from '../base/async_hooks.ts'
import { answerEdgeFailure } from '../app/handle.ts'
import { logError } from '../base/errors.ts'
import type { LoadedRoute } from '../project/generation.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { withoutBasePath } from '../invocation/query.ts'
import type { OutgoingResponse } from '../pages/outgoing_response.ts'
import type { ApiRequest } from '../pages/request.ts'
import { reportRouteError } from '../invocation/route_errors.ts'
import { setCurrentRoute } from '../project/routes_at_hand.ts'
import { answerOnceTold, settle, whenSettled } from '../invocation/settle.ts'
import { runSoon, type RunRoute } from '../invocation/turns.ts'
import { edgeEntry } from './edge.ts'
import { answersForPage, pageOfError, staticPage } from './page.ts'
import type { Entry, EntryContext } from './entry.ts'
import { makePair } from './pair.ts'
import { projectNextOf, type ProjectNext } from './project_next.ts'
import { projectDir } from './project_dir.ts'
import { pageMetaOf, requestMetaOf, type RequestMeta } from './request_meta.ts'
import type { EntryRunner } from './revalidate.ts'
import { provideServerContext } from './server_context.ts'

const provided = new WeakSet<ProjectNext>()
const entries = new WeakMap<LoadedRoute, Entry>()
const running = new asyncHooks.AsyncLocalStorage<LoadedRoute>()
setCurrentRoute(() => running.getStore())

/**
 * What runs an entry.
 * @param prepare loads any route of the generation, for those that a route makes anew.
 * @throws Error for a module that is none.
 */
export async function prepareNextRoute(
  target: LoadedRoute,
  prepare: (target: LoadedRoute) => Promise<unknown>,
): Promise<RunRoute> {
  const { generation, route } = target
  const next = projectNextOf(generation, route.module)
  if (!provided.has(next)) provideServerContext(generation, next, { prepare, call: callEntry })
  provided.add(next)
  const entry = await loadEntry(next, target)
  entries.set(target, entry)
  const isPage = target.route.kind === 'page' || target.route.kind === 'app-page'
  const run: RunRoute = isPage
    ? (invocation) => answerPage(entry, next, invocation, prepare)
    : (invocation) => answer(entry, next, invocation)
  return (invocation) => runSoon(run, invocation)
}

/** For requests that a route makes itself: there is no client to answer. */
const callEntry: EntryRunner['call'] = (target, req, res, params) => {
  const { distDir } = projectNextOf(target.generation, target.route.module)
  const { url } = req as { url: string }
  const initURL = `http://localhost${url}`
  const requestMeta: RequestMeta = {
    relativeProjectDir: projectDir,
    distDir,
    initURL,
    initProtocol: 'http',
    query: {},
    params,
  }
  // The worker's drain has the request to wait for that asked for this.
  const waitUntil = (promise: Promise<unknown>): void => whenSettled(promise, () => undefined)
  return entries
    .get(target)!
    .handler(req as ApiRequest, res as OutgoingResponse, { waitUntil, requestMeta })
}

async function loadEntry(next: ProjectNext, { generation, route }: LoadedRoute): Promise<Entry> {
  const path = join(generation.folder, route.module)
  if (path.endsWith('.json')) return edgeEntry(next, path)
  if (path.endsWith('.html')) return staticPage(path)
  // An entry that awaits at its top level is a promise of its exports.
  const entry = await next.load<Partial<Entry> | null | Promise<Partial<Entry> | null>>(path)
  if (typeof entry?.handler !== 'function') {
    throw new Error(
      `${route.module}: expected an entry of \`next build\` with a handler, found none; run \`millrace build\` again`,
    )
  }
  return entry as Entry
}

function answer(
  { handler, isEdge = false }: Entry,
  next: ProjectNext,
  invocation: Invocation,
): void {
  const { req, res } = makePair(invocation)
  if (isRefused(next, invocation)) {
    res.statusCode = 405
    res.setHeader('Allow', ['GET', 'HEAD'])
    res.end('Method Not Allowed')
    return
  }
  const context: EntryContext = {
    waitUntil: (promise) => invocation.waitUntil(promise),
    requestMeta: requestMetaOf(req, next, invocation),
  }
  const done = running.run(invocation.target, () => handler(req, res, context))
  settle(invocation, done, undefined, (error) => fail(error, isEdge, invocation))
}

function answerPage(
  { handler }: Entry,
  next: ProjectNext,
  invocation: Invocation,
  prepare: (target: LoadedRoute) => Promise<unknown>,
): void {
  const { req, res } = makePair(invocation)
  if (answersForPage({ req, res, next, invocation })) return
  const waitUntil = (promise: Promise<unknown>): void => invocation.waitUntil(promise)
  const requestMeta = pageMetaOf(req, next, invocation)
  const done = running.run(invocation.target, () => handler(req, res, { waitUntil, requestMeta }))
  settle(invocation, done, undefined, (error) => {
    const page = invocation.responded ? null : pageOfError(invocation.target, error)
    if (page === null) {
      fail(error, false, invocation)
      return
    }
    if (page.status !== 404) logError(error)
    res.statusCode = page.status
    res.setHeader('Cache-Control', 'private, no-cache, no-store, max-age=0, must-revalidate')
    const meta = { ...requestMeta, params: undefined, invokeError: error }
    const shown = prepare(page.target).then(() =>
      entries.get(page.target)!.handler(req, res, { waitUntil, requestMeta: meta }),
    )
    settle(invocation, shown, undefined, (problem) => fail(problem, false, invocation))
  })
}

/**
 * What was made at build answers to no other method, whatever the route's handlers; Next.js's
 * server sees to that.
 */
function isRefused(
  { config, prerenderManifest }: ProjectNext,
  { method, url, target }: Invocation,
): boolean {
  if (method === 'GET' || method === 'HEAD' || target.route.kind !== 'app') return false
  const path = withoutBasePath(url, config.basePath ?? '').replace(/\/?(?:\?.*)?$/s, '')
  return Object.hasOwn(prerenderManifest.routes, path === '' ? '/' : path)
}

/**
 * An entry of the Node.js runtime tells of its route's errors and answers for them itself; what is
 * left has no answer yet.
 */
function fail(error: unknown, isEdge: boolean, invocation: Invocation): void {
  const routerKind = invocation.target.route.kind === 'pages' ? 'Pages Router' : 'App Router'
  answerOnceTold(
    invocation,
    () => (isEdge ? reportRouteError(invocation, routerKind, error) : undefined),
    () => {
      logError(error)
      if (invocation.responded) invocation.fail()
      else if (isEdge && !invocation.aborted) answerEdgeFailure(invocation)
      else if (!invocation.aborted) invocation.respond(500, '', '', null, true)
    },
  )
}
