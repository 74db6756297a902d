/**
 * Routes in JavaScript, each compiled by the engine that its settings and its modules ask for:
 * `light` is Millrace's own bundler, `next` the project's `next build`. docs/engines.md says which
 * takes what.
 */
import { cpSync, existsSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { HandedOver, HandedOverRoute } from '../../../adapter/src/handed_over.ts'
import type { Bundler } from '../bundle/bundler.ts'
import { StaticOptions } from '../syntax/static_options.ts'
import type {
  BuildAnswer,
  BuildRequest,
  InstrumentationOutput,
  RouteOutput,
} from '../bundle/types.ts'
import type { RouteSource } from '../project/route_source.ts'
import { choose, isCode } from './choose.ts'
import { writeEdgeEntry } from './edge_entry.ts'
import { findNext, type InstalledNext } from './installed.ts'
import { distName, runNextBuild } from './next_build.ts'
import { NextDev } from './next_dev.ts'
import { pagesOf } from './pages.ts'
import { sharePreviewKeys } from './shared_keys.ts'

/**
 * Builds the routes of the request; none of them is in C++. @param share the folder of an
 * installation.
 */
export async function buildScripts(
  request: BuildRequest,
  bundler: Bundler,
  share: string,
): Promise<BuildAnswer> {
  const found = findNext(request.root)
  const next = 'next' in found ? found.next : null
  const forced = request.routes.filter((route) => route.engine === 'next' && isCode(request, route))
  if (forced.length > 0 && 'missing' in found) {
    return {
      errors: forced.map(
        ({ file }) => `${file}: millrace.toml asks for the engine "next", but ${found.missing}.`,
      ),
      inputs: [],
    }
  }
  const {
    needs = {},
    elsewhere = false,
    ...light
  } = await buildLight({ ...request, lenient: next !== null }, forced, bundler)
  if (light.errors !== undefined) {
    const isHopeless = !elsewhere || next === null || request.mode === 'development'
    return isHopeless ? light : await buildAllByNext(request, light, bundler, next, share)
  }
  const choice = choose(request, needs, light, found)
  const warnings = [...(light.warnings ?? []), ...choice.warnings]
  const answer = { ...light, ...(warnings.length > 0 ? { warnings } : {}) }
  if (choice.errors.length > 0) return { errors: [...choice.errors], inputs: light.inputs ?? [] }
  const servesPages = request.mode === 'production' && hasPages(request) && next !== null
  if (choice.routes.length === 0 && !choice.instrumentation && !servesPages) return answer
  tellReasons(request, choice.reasons)
  if (request.mode === 'development') {
    const server = await devServer(request.root, next!, share)
    return {
      ...answer,
      outputs: { ...answer.outputs, ...ofNext(choice.routes, answer) },
      next_dev: server.url,
    }
  }
  try {
    return await buildByBoth(request, answer, choice.routes, bundler, next!, share)
  } catch (error) {
    return { errors: [(error as Error).message], inputs: light.inputs ?? [] }
  }
}

/**
 * Where the light engine fails and cannot tell for which routes: all that may use the other one do.
 */
async function buildAllByNext(
  request: BuildRequest,
  failed: BuildAnswer,
  bundler: Bundler,
  next: InstalledNext,
  share: string,
): Promise<BuildAnswer> {
  const chosen = request.routes.filter(
    (route) => route.engine !== 'light' && isCode(request, route),
  )
  const [reason = ''] = failed.errors?.[0]?.split('\n') ?? []
  tellReasons(
    request,
    chosen.map(
      ({ path, file, engine }) =>
        `engine next: ${path} (${file}): ${engine === 'next' ? 'as millrace.toml says' : reason}`,
    ),
  )
  try {
    return await buildByBoth(request, {}, chosen, bundler, next, share)
  } catch (error) {
    return { errors: [(error as Error).message], inputs: failed.inputs ?? [] }
  }
}

/**
 * All routes, so that everything is known of the modules that they share; without those of the
 * other engine where that fails.
 */
async function buildLight(
  request: BuildRequest,
  forced: readonly RouteSource[],
  bundler: Bundler,
): Promise<BuildAnswer> {
  const answer = await bundler.build(request)
  if (answer.errors === undefined || forced.length === 0) return answer
  return await bundler.build({
    ...request,
    routes: request.routes.filter((route) => !forced.includes(route)),
  })
}

const told = new Set<string>()

/** In development once, not for each save. */
function tellReasons({ mode }: BuildRequest, reasons: readonly string[]): void {
  for (const line of reasons) {
    if (mode === 'production' || !told.has(line)) console.log(line)
    told.add(line)
  }
}

/** By project. */
const devServers = new Map<string, NextDev>()

async function devServer(root: string, next: InstalledNext, share: string): Promise<NextDev> {
  let server = devServers.get(root)
  if (server === undefined)
    devServers.set(
      root,
      (server = await NextDev.open({ root, next, adapter: join(share, 'adapter', 'adapter.mjs') })),
    )
  return server
}

/** Ends every `next dev` that was started. */
export async function closeDevServers(): Promise<void> {
  await Promise.all([...devServers.values()].map((server) => server.close()))
  devServers.clear()
}

function hasPages({ pages = [] }: BuildRequest): boolean {
  return pages.length > 0
}

/** In development, `next dev` answers for these: their own bundle is not used. */
function ofNext(
  routes: readonly RouteSource[],
  { outputs = {} }: BuildAnswer,
): Record<string, RouteOutput> {
  return Object.fromEntries(
    routes.map(({ file }) => [file, { ...outputs[file]!, engine: 'next' as const }]),
  )
}

async function buildByBoth(
  request: BuildRequest,
  first: BuildAnswer,
  chosen: readonly RouteSource[],
  bundler: Bundler,
  next: InstalledNext,
  share: string,
): Promise<BuildAnswer> {
  const { root, outdir, env } = request
  const handed = await runNextBuild({
    root,
    outdir,
    next,
    env,
    adapter: join(share, 'adapter', 'adapter.mjs'),
  })
  sharePreviewKeys(root, handed.distDir)
  // What `next build` makes a file of, a sitemap say, it hands no entry over for: that is left to
  // the light engine.
  const made = chosen.filter((route) => entryOf(handed, route) !== undefined)
  const rest = request.routes.filter((route) => !made.includes(route))
  const isBundled = ({ file }: RouteSource): boolean => first.outputs?.[file] !== undefined
  const isComplete = first.outputs !== undefined && !made.some(isBundled) && rest.every(isBundled)
  const {
    needs: _,
    elsewhere: __,
    ...light
  } = isComplete ? first : await bundleRest({ ...request, routes: rest }, bundler)
  if (light.errors !== undefined) return light
  serveFilesOf(handed, outdir)
  const pages = hasPages(request) ? { pages: pagesOf(request, handed) } : {}
  const outputs = {
    ...light.outputs,
    ...(await describe(request, handed, made, first.outputs ?? {})),
  }
  const { warnings = [], memory_state = [], notes = [] } = first
  const instrumentation = light.instrumentation
    ? { instrumentation: instrumentationOf(light.instrumentation) }
    : {}
  // What routes keep in memory they keep whoever compiles them.
  return {
    ...light,
    outputs,
    memory_state,
    notes,
    ...pages,
    ...instrumentation,
    ...(warnings.length > 0 ? { warnings } : {}),
  }
}

/**
 * Bundles again without what the light engine could not do, so that nothing of that is left over.
 */
async function bundleRest(request: BuildRequest, bundler: Bundler): Promise<BuildAnswer> {
  for (const name of ['routes', 'chunks', 'assets'])
    rmSync(join(request.outdir, name), { recursive: true, force: true })
  return await bundler.build(request)
}

/** Files that entries of `next build` name by address, beside those of the light engine. */
function serveFilesOf({ distDir }: HandedOver, outdir: string): void {
  const files = join(distDir, 'static')
  if (existsSync(files)) cpSync(files, join(outdir, 'static'), { recursive: true })
}

/** One module and one `register()` for the routes of both engines. */
function instrumentationOf({ file }: InstrumentationOutput): InstrumentationOutput {
  return { file, module: `${distName}/server/instrumentation.js`, engine: 'next' }
}

/** @param known what the light engine has found out, of routes that it could bundle. */
async function describe(
  { root, outdir }: BuildRequest,
  handed: HandedOver,
  routes: readonly RouteSource[],
  known: Readonly<Record<string, RouteOutput>>,
): Promise<Record<string, RouteOutput>> {
  const options = new StaticOptions()
  const one = async (route: RouteSource, number: number): Promise<[string, RouteOutput]> => {
    const entry = entryOf(handed, route)!
    const module =
      entry.runtime === 'edge' ? writeEdgeEntry(root, handed, entry, number) : entry.file
    const written = await options.read(join(root, route.file), route.kind)
    const said =
      entry.maxDuration === null ? written : { ...written, maxDuration: entry.maxDuration }
    const methods = known[route.file]?.methods ?? null
    return [
      route.file,
      { module: relative(outdir, module), methods, options: said, size: 0, engine: 'next' },
    ]
  }
  return Object.fromEntries(await Promise.all(routes.map(one)))
}

function entryOf(handed: HandedOver, { path, kind }: RouteSource): HandedOverRoute | undefined {
  // A folder's name may write its first underscore so, to be no private folder.
  return handed.routes.find(
    (candidate) => candidate.kind === kind && candidate.pathname.replace(/%5F/gi, '_') === path,
  )
}
