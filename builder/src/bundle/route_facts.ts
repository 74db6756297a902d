/**
 * Describes the entries of a bundle for the manifest: what their sources state, what they export,
 * and what is wrong with them.
 */
import { join } from 'node:path'
import { routeMethods } from '../../../runtime/node/src/base/methods.ts'
import { entryOf, type MetadataSource } from '../metadata/modules.ts'
import { unusableAdvice, unusableRouteMessage } from '../mistakes/unusable_routes.ts'
import type { LayerEntry } from '../packages/layer_copies.ts'
import { layersOf } from '../packages/layers.ts'
import type { ConventionFile } from '../project/conventions.ts'
import type { RouteSource } from '../project/route_source.ts'
import { describeMiddleware } from '../proxy/describe.ts'
import { describeFault } from '../syntax/option_faults.ts'
import type { StaticOptions } from '../syntax/static_options.ts'
import type { Sources } from './bundled_sources.ts'
import { invalidOptions } from './option_values.ts'
import type { BuildRequest, MiddlewareOutput, RouteOutput } from './types.ts'

/** An entry of a bundle. */
export interface BundledEntry {
  /** Relative to the output folder. */
  readonly module: string
  readonly size: number
  /** Null for CommonJS, and if only running it can tell. */
  readonly exports: readonly string[] | null
}

/** What is known of a bundle's entries. */
export interface EntryFacts {
  /** By file, relative to the project. */
  readonly entries: ReadonlyMap<string, BundledEntry>
  /** Messages of files that cannot be compiled, by absolute path. */
  readonly broken: ReadonlyMap<string, string>
  readonly metadata: readonly MetadataSource[]
  readonly options: StaticOptions
}

/** Returns the import of the module table for a file, with its layer. */
export async function layerEntryOf(
  { root, mode, routes }: Pick<BuildRequest, 'root' | 'mode' | 'routes'>,
  { metadata, middleware }: Pick<Sources, 'metadata' | 'middleware'>,
  files: readonly string[],
  options: StaticOptions,
): Promise<LayerEntry[]> {
  const layers = layersOf(mode)
  const wrapped = new Map(metadata.map((source) => [source.file, source]))
  const kinds = new Map(routes.map(({ file, kind }) => [file, kind]))
  const entryOfFile = async (file: string): Promise<LayerEntry> => {
    const source = wrapped.get(file)
    if (source !== undefined) return { path: entryOf(source), layer: layers.app }
    const path = join(root, file)
    const kind = kinds.get(file) === 'pages' ? 'pages' : 'app'
    const runtime =
      (await options.read(path, 'app'))['runtime'] ?? (await options.read(path, 'pages'))['runtime']
    // By default a middleware file runs in the edge runtime; proxy and instrumentation files
    // never do.
    const isMiddleware = file === middleware?.file && middleware.name === 'middleware'
    const isEdge = isMiddleware
      ? runtime !== 'nodejs'
      : kinds.has(file) && (runtime === 'edge' || runtime === 'experimental-edge')
    return { path, layer: layers[isEdge ? (`edge-${kind}` as const) : kind] }
  }
  return Promise.all(files.map(entryOfFile))
}

/** Returns the outputs of routes, by file. */
export async function describeRoutes(
  root: string,
  routes: readonly RouteSource[],
  { entries, broken, metadata, options }: EntryFacts,
): Promise<Record<string, RouteOutput>> {
  const wrapped = new Map(metadata.map((source) => [source.file, source]))
  const describe = async ({ file, kind }: RouteSource): Promise<[string, RouteOutput]> => {
    const { module, size, exports } = entries.get(file)!
    const path = join(root, file)
    const isBroken = broken.has(path)
    const methods =
      kind === 'app' && !isBroken && exports !== null
        ? routeMethods.filter((name) => exports.includes(name))
        : null
    const stated =
      isBroken || typeof wrapped.get(file)?.type === 'string' ? {} : await options.read(path, kind)
    const listsPaths = kind === 'app' && exports?.includes('generateStaticParams') === true
    return [
      file,
      {
        module,
        methods,
        options: listsPaths ? { ...stated, generateStaticParams: true } : stated,
        size,
      },
    ]
  }
  return Object.fromEntries(await Promise.all(routes.map(describe)))
}

/** Returns, by the route's file, the options in its source that Next.js would reject. */
export async function invalidOptionsOf(
  { root, config }: Pick<BuildRequest, 'root' | 'config'>,
  routes: readonly RouteSource[],
  metadata: readonly MetadataSource[],
  known: StaticOptions,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const plain = new Set(metadata.flatMap(({ file, type }) => (type === null ? [] : file)))
  const found = new Map<string, readonly string[]>()
  for (const route of routes.filter(({ file }) => !plain.has(file))) {
    const { options, faults } = await known.find(join(root, route.file), route.kind)
    const refused = faults.filter(
      ({ reexported }) => !reexported || config.compiledByWebpackOf === undefined,
    )
    const errors = [
      ...refused.map((fault) => describeFault(route.file, fault)),
      ...invalidOptions(route, options),
    ]
    if (errors.length > 0) found.set(route.file, errors)
  }
  return found
}

/** Returns errors for routes without a usable handler, unless the project allows them. */
export function forbiddenRoutes(
  { root, routes, allowUnusable }: Pick<BuildRequest, 'root' | 'routes' | 'allowUnusable'>,
  facts: EntryFacts,
): string[] {
  if (allowUnusable === true) return []
  const found = unusableRoutes(root, routes, facts)
  return found.length === 0 ? [] : [...found, unusableAdvice]
}

/** Returns messages for routes that respond to nothing. */
export function unusableRoutes(
  root: string,
  routes: readonly RouteSource[],
  { entries, broken, metadata }: EntryFacts,
): string[] {
  const others = new Set(metadata.map(({ file }) => file))
  const looked = routes.filter(({ file }) => !others.has(file) && !broken.has(join(root, file)))
  return looked.flatMap(
    ({ file, kind }) =>
      unusableRouteMessage({ file, kind, exports: entries.get(file)!.exports }) ?? [],
  )
}

/** Describes the middleware. @throws Error if the file cannot be used. */
export async function middlewareOf(
  { root, config }: Pick<BuildRequest, 'root' | 'config'>,
  { entries, broken }: EntryFacts,
  file: ConventionFile | null,
): Promise<MiddlewareOutput | null> {
  if (file === null) return null
  const { module, exports } = entries.get(file.file)!
  if (broken.has(join(root, file.file))) {
    const matchers = [{ source: '/:path*', regex: '^.*$', keys: [] }]
    return { file: file.file, module, matchers, runtime: 'nodejs' }
  }
  // The exports of CommonJS are not known before it runs.
  return { ...(await describeMiddleware(root, file, exports ?? ['default'], config)), module }
}
