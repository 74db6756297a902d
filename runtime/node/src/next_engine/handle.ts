/**
 * Runs a route that the project's own `next build` has compiled. Its entry gets Node.js's `req` and
 * `res` for the invocation, and the request metadata that `next start` would provide.
 */
import { join } from 'node:path'

import { asyncHooks } from '../base/async_hooks.ts'
import { upgradeExportName } from '../base/methods.ts'
import { patchBeneath } from '../app/fetch/fetch_cache.ts'
import { noteUpgradeExport, type UpgradeExport } from '../app/exports.ts'
import { respondToEdgeFailure } from '../app/handle.ts'
import { acceptWithExport } from '../app/upgrades.ts'
import { logError } from '../base/errors.ts'
import { logRouteError } from '../invocation/failure.ts'
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
import { beginFill, FillQueue, isOnDemand } from './page_fill.ts'
import { isResumption, postponedState, respondWithShell } from './page_shell.ts'
import { type KeptImage, keepImage } from './image_fill.ts'
import { nextMatch } from './next_match.ts'
import { failurePageOf, isNoFallback, respondToSubresource, respondWithoutPage } from './page.ts'
import type { PageRequest } from './page_request.ts'
import type { Entry, EntryContext } from './entry.ts'
import { makePair } from './pair.ts'
import { projectNextOf, type ProjectNext } from './project_next.ts'
import { projectDir } from './project_dir.ts'
import { pageMetaOf, requestMetaOf, type RequestMeta } from './request_meta.ts'
import type { EntryRunner, RenderNotFound } from './revalidate.ts'
import { provideServerContext } from './server_context.ts'
import { staticPage } from './static_page.ts'
import { uncached } from './uncached.ts'

type Prepare = (target: LoadedRoute) => Promise<unknown>

const provided = new WeakSet<ProjectNext>()
const entries = new WeakMap<LoadedRoute, Entry>()
const running = new asyncHooks.AsyncLocalStorage<LoadedRoute>()
setCurrentRoute(() => running.getStore())
const fillQueue = new FillQueue()
/** Makes an entry render a page again that it has cached. */
const onDemandHeader = 'x-prerender-revalidate'

/**
 * Returns the function that runs an entry.
 * @param prepare loads any route of the generation, for those that the route revalidates.
 * @throws Error for a module that is not an entry.
 */
export async function prepareNextRoute(target: LoadedRoute, prepare: Prepare): Promise<RunRoute> {
  const { generation, route } = target
  const next = projectNextOf(generation, route.module)
  if (!provided.has(next)) {
    const runner = { prepare, call: callEntry, renderNotFound: renderNotFound(target, prepare) }
    provideServerContext(generation, next, runner)
  }
  provided.add(next)
  const entry = await loadEntry(next, target)
  entries.set(target, entry)
  const { kind } = target.route
  const run: RunRoute =
    kind === 'page' || kind === 'app-page' || kind === 'image'
      ? (invocation) => runPage(entry, next, invocation, prepare)
      : (invocation) => runRoute(entry, next, invocation, prepare)
  return (invocation) => runSoon(run, invocation)
}

/** Returns the `UPGRADE` export of an app route, which Next.js does not know. */
async function upgradeExportOf({ routeModule }: Entry): Promise<UpgradeExport | null> {
  await routeModule?.ensureUserland?.()
  const found = routeModule?.userland?.[upgradeExportName]
  return typeof found === 'function' ? (found as UpgradeExport) : null
}

/** Finds out whether a route whose entry is loaded has an `UPGRADE` export. */
export async function findUpgradeExport(target: LoadedRoute): Promise<void> {
  const found = await upgradeExportOf(entries.get(target)!).catch(() => null)
  if (found !== null) noteUpgradeExport(target)
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
  if (path.endsWith('.html')) return staticPage(next, path)
  // The exports of an entry with top-level await are a promise.
  const entry = await next.load<Partial<Entry> | null | Promise<Partial<Entry> | null>>(path)
  if (typeof entry?.handler !== 'function') {
    throw new Error(
      `${route.module}: expected an entry of \`next build\` with a handler, found none; run \`millrace build\` again`,
    )
  }
  if (typeof entry.patchFetch === 'function') patchBeneath(entry.patchFetch)
  return entry as Entry
}

/** Runs the entry of a route, or its `UPGRADE` export for an upgrade. */
function runRoute(entry: Entry, next: ProjectNext, invocation: Invocation, prepare: Prepare): void {
  if (!invocation.upgrade || invocation.target.route.kind !== 'app') {
    runEntry(entry, next, invocation, prepare)
    return
  }
  const run = (handler: UpgradeExport | null): void => {
    if (!acceptWithExport(invocation, handler)) runEntry(entry, next, invocation, prepare)
  }
  // A module that cannot be loaded fails in the entry, as for other requests.
  settle(invocation, upgradeExportOf(entry), run, () => run(null))
}

function runEntry(
  { handler, isEdge = false }: Entry,
  next: ProjectNext,
  invocation: Invocation,
  prepare: Prepare,
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
  settle(invocation, done, undefined, (error) => {
    if (!isNoFallback(error)) return fail(error, isEdge, invocation)
    const shown = renderNotFound(invocation.target, prepare)(req, res)
    settle(invocation, shown, undefined, (problem) => fail(problem, isEdge, invocation))
  })
}

function runPage(entry: Entry, next: ProjectNext, invocation: Invocation, prepare: Prepare): void {
  const { req, res } = makePair(invocation)
  const requestMeta = pageMetaOf(req, next, invocation)
  const { locale } = requestMeta
  const page: PageRequest = { target: invocation.target, entry, req, res, next, invocation, locale }
  const isImage = invocation.target.route.kind === 'image'
  const done = isImage
    ? showPage(page, requestMeta)
    : showUnlessResponded(page, requestMeta, firstShow(invocation))
  settle(invocation, done, undefined, (error) => {
    const shown = showAfter(page, requestMeta, error, prepare, [page.target])
    settle(invocation, shown, undefined, (problem) => fail(problem, false, invocation))
  })
}

/** Renders a page for the server's cache. */
function fillPage(page: PageRequest, requestMeta: RequestMeta): Promise<unknown> {
  const { target, req, res, next, invocation } = page
  if (isOnDemand(invocation)) req.headers[onDemandHeader] = next.previewModeId
  const fill = beginFill(invocation)
  const onCacheEntryV2: RequestMeta['onCacheEntryV2'] = async (entry) =>
    respondWithShell(req, res, next, entry)
  return fillQueue.run(
    `${target.generation.folder} ${target.number} ${invocation.rawParameters}`,
    () => fill.run(() => showPage(page, { ...requestMeta, onCacheEntryV2 })),
  )
}

/** How the page of an invocation is shown: for the server's cache, after its shell, or whole. */
function firstShow(invocation: Invocation): typeof showPage {
  if (invocation.fill) return fillPage
  if (!isResumption(invocation)) return showPage
  return async (page, requestMeta) =>
    showPage(page, { ...requestMeta, postponed: await postponedState(page.req) })
}

async function showUnlessResponded(
  page: PageRequest,
  requestMeta: RequestMeta,
  show: typeof showPage = showPage,
): Promise<unknown> {
  return respondWithoutPage(page) ? undefined : show(page, requestMeta)
}

function showPage(
  { target, entry, req, res, invocation }: PageRequest,
  requestMeta: RequestMeta,
): Promise<unknown> {
  const waitUntil = (promise: Promise<unknown>): void => invocation.waitUntil(promise)
  const keep =
    target.route.kind === 'image' && invocation.fill
      ? (image: KeptImage): void => keepImage(invocation, image)
      : undefined
  return running.run(target, () =>
    entry.handler(req, res, { waitUntil, requestMeta, keepImage: keep }),
  )
}

/**
 * Shows another page after one that has failed: the next one that matches if the path is none of
 * the page's own, otherwise the page for missing paths or that for failures.
 * @throws the error if there is no such page, or the response has begun.
 */
async function showAfter(
  page: PageRequest,
  meta: RequestMeta,
  error: unknown,
  prepare: Prepare,
  tried: readonly LoadedRoute[],
): Promise<unknown> {
  const { next, res, invocation } = page
  if (invocation.responded) throw error
  const open = async (target: LoadedRoute): Promise<PageRequest> => {
    await prepare(target)
    return { ...page, target, entry: entries.get(target)! }
  }
  if (isNoFallback(error)) {
    const match = nextMatch(next, invocation, tried)
    if (match === null) {
      if (respondToSubresource(page)) return undefined
      // Next.js has lost the locale by then.
      const known = (page.req as unknown as Record<symbol, RequestMeta | undefined>)[metaKey]
      if (known !== undefined) Object.assign(known, { locale: meta.defaultLocale })
      return renderNotFound(invocation.target, prepare)(page.req, res)
    }
    const other = await open(match.target)
    const otherMeta = { ...meta, params: match.params }
    try {
      return await showUnlessResponded(other, otherMeta)
    } catch (problem) {
      return showAfter(page, meta, problem, prepare, [...tried, match.target])
    }
  }
  const target = failurePageOf(invocation.target)
  if (target === null) throw error
  logError(error)
  res.statusCode = 500
  // Entries of the App Router have set it, or leave it out.
  if (page.target.route.kind === 'page') res.setHeader('Cache-Control', uncached)
  const shown = await open(target)
  return showPage(shown, { ...meta, params: undefined, invokeError: error })
}

const metaKey = Symbol.for('NextInternalRequestMeta')

/**
 * Returns the function that shows the page for missing paths; without pages, a line of text.
 * @param any a route of the generation.
 */
function renderNotFound({ generation }: LoadedRoute, prepare: Prepare): RenderNotFound {
  return async (req, res, _url, setHeaders = true) => {
    res.statusCode = 404
    const { pages } = generation.manifest
    if (pages === null) {
      res.setHeader('Content-Type', 'text/plain; charset=utf-8')
      res.end('This page could not be found\n')
      return
    }
    if (setHeaders) res.setHeader('Cache-Control', uncached)
    const target = generation.routes[pages.not_found]!
    await prepare(target)
    const meta = (req as unknown as Record<symbol, RequestMeta>)[metaKey]!
    // The worker's drain already waits for the request.
    const waitUntil = (promise: Promise<unknown>): void => whenSettled(promise, () => undefined)
    const requestMeta = { ...meta, params: undefined }
    await running.run(target, () =>
      entries.get(target)!.handler(req as ApiRequest, res as OutgoingResponse, {
        waitUntil,
        requestMeta,
      }),
    )
  }
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
      logRouteError(invocation, error)
      if (invocation.responded) invocation.fail()
      else if (isEdge && !invocation.aborted) respondToEdgeFailure(invocation)
      else if (!invocation.aborted) invocation.respond(500, '', '', null, true)
    },
  )
}
