/**
 * Runs a route that the project's own `next build` has compiled. Its entry gets Node.js's `req` and
 * `res` for the invocation, and the request metadata that `next start` would provide.
 */
import { join } from 'node:path'

import { asyncHooks } from '../base/async_hooks.ts'
import { respondToEdgeFailure } from '../app/handle.ts'
import { logError } from '../base/errors.ts'
import type { LoadedRoute } from '../project/generation.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { withoutBasePath } from '../invocation/query.ts'
import type { OutgoingResponse } from '../pages/outgoing_response.ts'
import type { ApiRequest } from '../pages/request.ts'
import { reportRouteError } from '../invocation/route_errors.ts'
import { setCurrentRoute } from '../project/route_names.ts'
import { respondOnceReported, settle, whenSettled } from '../invocation/settle.ts'
import { runSoon, type RunRoute } from '../invocation/run_soon.ts'
import { edgeEntry } from './edge.ts'
import { respondWithoutPage, pageOfError, staticPage } from './page.ts'
import { beginFill, FillQueue, isOnDemand } from './page_fill.ts'
import { isResumption, postponedState, respondWithShell } from './page_shell.ts'
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
const fillQueue = new FillQueue()
/** By which an entry is asked to render anew what it has kept. */
const onDemandHeader = 'x-prerender-revalidate'

/**
 * Returns the function that runs an entry.
 * @param prepare loads any route of the generation, for those that the route revalidates.
 * @throws Error for a module that is not an entry.
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
  const { kind } = target.route
  const run: RunRoute =
    kind === 'page' || kind === 'app-page' || kind === 'image'
      ? (invocation) => runPage(entry, next, invocation, prepare)
      : (invocation) => runEntry(entry, next, invocation)
  return (invocation) => runSoon(run, invocation)
}

/** Runs an entry for a request that a route makes itself, without a client. */
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
  // The worker's drain already waits for the request that has caused this one.
  const waitUntil = (promise: Promise<unknown>): void => whenSettled(promise, () => undefined)
  return entries
    .get(target)!
    .handler(req as ApiRequest, res as OutgoingResponse, { waitUntil, requestMeta })
}

async function loadEntry(next: ProjectNext, { generation, route }: LoadedRoute): Promise<Entry> {
  if (route.kind === 'image') return (await import('./image.ts')).imageEntry(next)
  const path = join(generation.folder, route.module)
  if (path.endsWith('.json')) return edgeEntry(next, path)
  if (path.endsWith('.html')) return staticPage(path)
  // The exports of an entry with top-level await are a promise.
  const entry = await next.load<Partial<Entry> | null | Promise<Partial<Entry> | null>>(path)
  if (typeof entry?.handler !== 'function') {
    throw new Error(
      `${route.module}: expected an entry of \`next build\` with a handler, found none; run \`millrace build\` again`,
    )
  }
  return entry as Entry
}

function runEntry(
  { handler, isEdge = false }: Entry,
  next: ProjectNext,
  invocation: Invocation,
): void {
  const { req, res } = makePair(invocation)
  if (isMethodRejected(next, invocation)) {
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

function runPage(
  { handler }: Entry,
  next: ProjectNext,
  invocation: Invocation,
  prepare: (target: LoadedRoute) => Promise<unknown>,
): void {
  const { req, res } = makePair(invocation)
  const isImage = invocation.target.route.kind === 'image'
  if (!isImage && respondWithoutPage({ req, res, next, invocation })) return
  const waitUntil = (promise: Promise<unknown>): void => invocation.waitUntil(promise)
  const requestMeta = pageMetaOf(req, next, invocation)
  const run = (more: Partial<RequestMeta>): Promise<unknown> =>
    running.run(invocation.target, () =>
      handler(req, res, { waitUntil, requestMeta: { ...requestMeta, ...more } }),
    )
  const done = invocation.fill
    ? fillPage(next, invocation, req, () =>
        run({ onCacheEntryV2: async (page) => respondWithShell(req, res, next, page) }),
      )
    : isResumption(invocation)
      ? postponedState(req).then((postponed) => run({ postponed }))
      : run({})
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

/** Renders a page for the server's cache. */
function fillPage(
  next: ProjectNext,
  invocation: Invocation,
  req: ApiRequest,
  run: () => Promise<unknown>,
): Promise<unknown> {
  const { target } = invocation
  if (isOnDemand(invocation)) req.headers[onDemandHeader] = next.previewModeId
  const fill = beginFill(invocation)
  return fillQueue.run(
    `${target.generation.folder} ${target.number} ${invocation.rawParameters}`,
    () => fill.run(run),
  )
}

/**
 * Whether a prerendered path rejects the method: `next start` allows only GET and HEAD there,
 * whatever the route's handlers are.
 */
function isMethodRejected(
  { config, prerenderManifest }: ProjectNext,
  { method, url, target }: Invocation,
): boolean {
  if (method === 'GET' || method === 'HEAD' || target.route.kind !== 'app') return false
  const path = withoutBasePath(url, config.basePath ?? '').replace(/\/?(?:\?.*)?$/s, '')
  return Object.hasOwn(prerenderManifest.routes, path === '' ? '/' : path)
}

/**
 * Handles an error that an entry rejects with. Entries of the Node.js runtime report errors of the
 * route and respond to them themselves; other errors have no response yet.
 */
function fail(error: unknown, isEdge: boolean, invocation: Invocation): void {
  const routerKind = invocation.target.route.kind === 'pages' ? 'Pages Router' : 'App Router'
  respondOnceReported(
    invocation,
    () => (isEdge ? reportRouteError(invocation, routerKind, error) : undefined),
    () => {
      logError(error)
      if (invocation.responded) invocation.fail()
      else if (isEdge && !invocation.aborted) respondToEdgeFailure(invocation)
      else if (!invocation.aborted) invocation.respond(500, '', '', null, true)
    },
  )
}
