/**
 * Builds the routes in JavaScript, each with the engine that its settings and its modules require:
 * `light` is Millrace's own bundler, `next` the project's `next build`. docs/engines.md describes
 * the choice.
 */
import { cpSync, existsSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { HandedOver, HandedOverRoute } from '../../../adapter/src/handed_over.ts'
import { StaticOptions } from '../syntax/static_options.ts'
import type {
  BuildOutcome,
  BuildRequest,
  InstrumentationOutput,
  RouteBundler,
  RouteOutput,
} from '../bundle/types.ts'
import type { RouteSource } from '../project/route_source.ts'
import { adaptersOf } from './adapters.ts'
import { decide } from './decide.ts'
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
  bundler: RouteBundler,
  share: string,
): Promise<BuildOutcome> {
  const found = findNext(request.root)
  const next = 'next' in found ? found.next : null
  const decided = await decide(request, found, bundler)
  if ('errors' in decided) return decided
  const { light, choice, isLightFailed } = decided
  const servesPages = hasPages(request) && next !== null
  const isLightEnough = choice.routes.length === 0 && !choice.instrumentation && !servesPages
  if (isLightEnough && !isLightFailed) return light
  printReasons(request, choice.reasons)
  try {
    if (request.mode === 'development') {
      const server = await devServer(request, next!, share)
      return {
        ...light,
        outputs: { ...light.outputs, ...ofNext(choice.routes, light) },
        next_dev: server.url,
        ...(servesPages ? { next_dev_pages: true } : {}),
      }
    }
    return await buildByBoth(request, light, choice.routes, bundler, next!, share)
  } catch (error) {
    return { errors: [(error as Error).message], inputs: light.inputs ?? [] }
  }
}

const printed = new Set<string>()

/** In development the reasons are printed once, not after each save. */
function printReasons({ mode }: BuildRequest, reasons: readonly string[]): void {
  for (const line of reasons) {
    if (mode === 'production' || !printed.has(line)) console.log(line)
    printed.add(line)
  }
}

/** By project. */
const devServers = new Map<string, NextDev>()

async function devServer(
  { root, config }: BuildRequest,
  next: InstalledNext,
  share: string,
): Promise<NextDev> {
  let server = devServers.get(root)
  if (server === undefined) {
    const adapters = adaptersOf(config, next, share)
    devServers.set(root, (server = await NextDev.open({ root, next, adapters })))
  }
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

/** In development, `next dev` serves these routes: their own bundle is not used. */
function ofNext(
  routes: readonly RouteSource[],
  { outputs = {} }: BuildOutcome,
): Record<string, RouteOutput> {
  return Object.fromEntries(
    routes.map(({ file }) => [file, { ...outputs[file]!, engine: 'next' as const, lazy: false }]),
  )
}

async function buildByBoth(
  request: BuildRequest,
  first: BuildOutcome,
  chosen: readonly RouteSource[],
  bundler: RouteBundler,
  next: InstalledNext,
  share: string,
): Promise<BuildOutcome> {
  const { root, outdir, env, config } = request
  const adapters = adaptersOf(config, next, share)
  const handed = await runNextBuild({ root, outdir, next, env, adapters, pages: hasPages(request) })
  sharePreviewKeys(root, handed.distDir)
  // `next build` prerenders some files, such as a sitemap, to static files and provides no entry;
  // the light engine builds those.
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
  const { warnings = [], memory_state = [] } = first
  const notes = [...(first.notes ?? []), ...noteOfAdapter(handed)]
  const instrumentation = light.instrumentation
    ? { instrumentation: instrumentationOf(light.instrumentation) }
    : {}
  // Memory state is the same with either engine.
  return {
    ...light,
    outputs,
    memory_state,
    notes,
    traced: { files: handed.traced, root: handed.tracingRoot },
    ...pages,
    ...instrumentation,
    ...(warnings.length > 0 ? { warnings } : {}),
  }
}

/**
 * Bundles again without the routes that the light engine could not compile, so that none of their
 * output remains.
 */
async function bundleRest(request: BuildRequest, bundler: RouteBundler): Promise<BuildOutcome> {
  for (const name of ['routes', 'chunks', 'assets'])
    rmSync(join(request.outdir, name), { recursive: true, force: true })
  return await bundler.build(request)
}

/**
 * Serves the static files that entries of `next build` refer to, beside those of the light engine.
 */
function serveFilesOf({ distDir }: HandedOver, outdir: string): void {
  const files = join(distDir, 'static')
  if (existsSync(files)) cpSync(files, join(outdir, 'static'), { recursive: true })
}

function noteOfAdapter({ ownAdapter }: HandedOver): string[] {
  if (ownAdapter === null) return []
  return [
    `The project's own adapter (${ownAdapter}) has run together with Millrace's: it has modified the configuration before Millrace did, and received the outputs of \`next build\`.`,
  ]
}

/** Returns one module with one `register()` for the routes of both engines. */
function instrumentationOf({ file }: InstrumentationOutput): InstrumentationOutput {
  return { file, module: `${distName}/server/instrumentation.js`, engine: 'next' }
}

/** @param known what the light engine knows of routes that it could bundle. */
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
  // A folder may be named with an encoded underscore, because a name that begins with one is
  // private.
  return handed.routes.find(
    (candidate) => candidate.kind === kind && candidate.pathname.replace(/%5F/gi, '_') === path,
  )
}
