/**
 * Bundles a project's routes with esbuild: one bundle that contains every module once, and a module
 * per route that runs its part of the bundle. Rebuilds are incremental while the set of routes and
 * the settings stay the same.
 */
import { dirname, join, relative } from 'node:path'
import type { BuildContext, BuildFailure } from 'esbuild'
import { routeMethods } from '../../../runtime/node/src/base/methods.ts'
import { InexactModules } from '../base/inexact.ts'
import { formatted, isOfProject } from '../base/messages.ts'
import { findMemoryState, memoryNotes, type MemoryState } from '../memory_state/report.ts'
import {
  entryOf,
  isMissingDefault,
  type MetadataSource,
  missingDefaults,
} from '../metadata/modules.ts'
import { unusableAdvice, unusableRouteMessage } from '../mistakes/unusable_routes.ts'
import { LayerCopies, type LayerEntry } from '../packages/layer_copies.ts'
import { layersOf } from '../packages/layers.ts'
import type { ConventionFile } from '../project/conventions.ts'
import type { RouteSource } from '../project/route_source.ts'
import { describeMiddleware } from '../proxy/describe.ts'
import { filesWithTypes } from '../sources/tolerated_imports.ts'
import { describeFault } from '../syntax/option_faults.ts'
import { StaticOptions } from '../syntax/static_options.ts'
import { BrokenFiles } from './broken_files.ts'
import { entriesOf, instrumentationOf, type Sources, sourcesOf } from './bundled_sources.ts'
import { incompatibleOptions } from './candidates.ts'
import { inlined, openContext, usesCache } from './esbuild_context.ts'
import { generalNeeds, mayCompileElsewhere, needsOf } from './needs.ts'
import { invalidOptions } from './option_values.ts'
import {
  type Bundle,
  bundleOf,
  type Result,
  writeEntries,
  writeMedia,
  writeOutputs,
} from './outputs.ts'
import type { BuildOutcome, BuildRequest, MiddlewareOutput, RouteOutput } from './types.ts'

/**
 * Limit on rounds of a build; each round finds the errors, or the layer copies, that earlier rounds
 * hid.
 */
const maximumRounds = 25

/** Keeps esbuild's state between the builds of one project. */
export class Bundler {
  readonly #broken = new BrokenFiles()
  readonly #seen = new Set<string>()
  readonly #tolerated = new Set<string>()
  readonly #options = new StaticOptions()
  /** Filled by the plugins: files that have a URL, content by name. */
  readonly #media = new Map<string, Uint8Array>()
  /** Filled by the plugins: what is compiled differently from Next.js's bundler. */
  readonly #inexact = new InexactModules()
  #found: readonly MemoryState[] | undefined
  #context: BuildContext<{ metafile: true; write: false }> | undefined
  #copies = new LayerCopies([])
  #contextKey = ''

  /** Builds into `request.outdir`. Writes nothing if the result has `errors`. */
  async build(request: BuildRequest): Promise<BuildOutcome> {
    this.#broken.clear()
    this.#inexact.clear()
    this.#media.clear()
    this.#seen.clear()
    this.#tolerated.clear()
    let sources: Sources
    try {
      sources = sourcesOf(request)
    } catch (error) {
      return { errors: [(error as Error).message], inputs: [] }
    }
    if (sources.files.length === 0) return { outputs: {}, inputs: [] }
    const invalid = await this.#invalidOptions(request, sources)
    // In development the route itself reports the error.
    if (request.mode === 'development')
      for (const [file, errors] of invalid)
        this.#broken.messages.set(join(request.root, file), errors.join('\n\n'))
    const made = await this.#bundle(request, sources)
    const inputs = this.#inputs(request.root)
    if ('errors' in made) return { ...made, inputs }
    const bundle = bundleOf(request, made.result, sources)
    // Files that cannot be compiled were left out only to find the errors of the others.
    const mistakes =
      request.mode === 'production'
        ? [
            ...this.#broken.failures(),
            ...[...invalid.values()].flat(),
            ...this.#forbiddenRoutes(request, bundle, sources.metadata),
          ]
        : []
    if (mistakes.length > 0) return { errors: mistakes, inputs }
    let middleware: MiddlewareOutput | null
    try {
      middleware = await this.#middleware(request, bundle, sources.middleware)
    } catch (error) {
      return { errors: [(error as Error).message], inputs }
    }
    const missing =
      request.mode === 'production' ? await missingDefaults(request.root, sources.metadata) : []
    if (missing.length > 0) return { errors: missing, inputs }
    await writeOutputs(made.result, request.outdir)
    await writeMedia(this.#media, request.outdir)
    await writeEntries(request, bundle, sources.instrumentation)
    const outputs = await this.#describe(request, bundle, sources.metadata)
    const errors = incompatibleOptions(outputs, request.config)
    if (errors.length > 0) return { errors, inputs }
    return {
      ...(await this.#findings(request, sources, bundle, made.result)),
      outputs,
      middleware,
      inputs,
    }
  }

  /** Returns what is known of a successful build besides its outputs. */
  async #findings(
    request: BuildRequest,
    sources: Sources,
    bundle: Bundle,
    result: Result,
  ): Promise<BuildOutcome> {
    const reach = new Map(
      [...bundle.entries].map(([file, { input }]) => [file, new Set(bundle.graph.files(input))]),
    )
    // Development uses one worker, and a rebuild after a save must be fast, so only the first build
    // searches for memory state.
    const looks = request.mode === 'production' || this.#found === undefined
    const memory = looks
      ? await findMemoryState(request.root, result.metafile, entriesOf(sources), reach)
      : this.#found!
    this.#found = memory
    return {
      // App routes must be loaded to learn whether they can be static.
      prerender: request.mode === 'production' && request.routes.some(({ kind }) => kind === 'app'),
      instrumentation: instrumentationOf(sources.instrumentation),
      warnings: [
        ...sources.warnings,
        ...this.#unusableRoutes(request, bundle, sources.metadata),
        ...(await formatted(
          result.warnings.filter((message) => isOfProject(message) && !isMissingDefault(message)),
          'warning',
        )),
      ],
      needs: needsOf({
        reach,
        inexact: this.#inexact,
        broken: this.#broken.elsewhere,
        general: generalNeeds(request),
      }),
      memory_state: memory,
      notes: request.mode === 'production' ? memoryNotes(memory) : [],
      ...(this.#broken.messages.size > 0 ? { problems: [...this.#broken.messages.values()] } : {}),
    }
  }

  /** Releases esbuild's state. */
  async close(): Promise<void> {
    await this.#context?.dispose()
    this.#context = undefined
  }

  async #bundle(
    request: BuildRequest,
    sources: Sources,
  ): Promise<{ result: Result } | { errors: string[]; elsewhere: boolean }> {
    for (let round = 0; ; round++) {
      try {
        const bundler = await this.#prepare(request, sources)
        this.#copies.forget()
        let result = await bundler.rebuild()
        for (
          let copies = 0;
          copies < maximumRounds && this.#copies.update(result.metafile, request.root);
          copies++
        ) {
          result = await bundler.rebuild()
        }
        return { result }
      } catch (error) {
        const { errors } = error as Partial<BuildFailure>
        if (!Array.isArray(errors)) throw error
        const tolerable = filesWithTypes(request.root, errors).filter(
          (path) => !this.#tolerated.has(path),
        )
        for (const path of tolerable) this.#tolerated.add(path)
        if (tolerable.length > 0 && round < maximumRounds) continue
        const goesOn =
          round < maximumRounds &&
          ((await this.#broken.exclude(request, errors, this.#seen)) ||
            (await this.#broken.isolate(request, sources.files, this.#context)))
        if (goesOn) continue
        const failures = this.#broken.failures()
        return {
          errors: [...failures, ...(await formatted(errors, 'error'))],
          elsewhere: failures.length === 0 && mayCompileElsewhere(request, errors),
        }
      }
    }
  }

  async #prepare(
    request: BuildRequest,
    sources: Sources,
  ): Promise<BuildContext<{ metafile: true; write: false }>> {
    const entries = await this.#entries(request, sources)
    const key = JSON.stringify([
      entries,
      request.root,
      request.mode,
      dirname(request.outdir),
      sources.metadata,
      request.config.env,
      request.config.serverExternalPackages,
      request.config.transpilePackages,
      request.config.basePath,
      request.config.assetPrefix,
      request.config['turbopack'],
      request.config['compiler'],
      request.config.experimental,
      usesCache(request.config),
      inlined(request),
    ])
    if (this.#context !== undefined && key === this.#contextKey) return this.#context
    await this.close()
    this.#copies = new LayerCopies(entries)
    this.#context = await openContext(request, sources, entries, {
      broken: this.#broken.messages,
      copies: this.#copies,
      inexact: this.#inexact,
      media: this.#media,
      seen: this.#seen,
      tolerated: this.#tolerated,
    })
    this.#contextKey = key
    return this.#context
  }

  /** Returns the imports of the module table, each with its layer. */
  #entries(
    { root, mode, routes }: BuildRequest,
    { files, metadata, middleware }: Sources,
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
        (await this.#options.read(path, 'app'))['runtime'] ??
        (await this.#options.read(path, 'pages'))['runtime']
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

  async #describe(
    request: BuildRequest,
    { entries }: Bundle,
    metadata: readonly MetadataSource[],
  ): Promise<Record<string, RouteOutput>> {
    const wrapped = new Map(metadata.map((source) => [source.file, source]))
    const describe = async ({ file, kind }: RouteSource): Promise<[string, RouteOutput]> => {
      const { module, size, exports } = entries.get(file)!
      const path = join(request.root, file)
      const broken = this.#broken.messages.has(path)
      const methods =
        kind === 'app' && !broken && exports !== null
          ? routeMethods.filter((name) => exports.includes(name))
          : null
      const options =
        broken || typeof wrapped.get(file)?.type === 'string'
          ? {}
          : await this.#options.read(path, kind)
      const listsPaths = kind === 'app' && exports?.includes('generateStaticParams') === true
      return [
        file,
        {
          module,
          methods,
          options: listsPaths ? { ...options, generateStaticParams: true } : options,
          size,
        },
      ]
    }
    return Object.fromEntries(await Promise.all(request.routes.map(describe)))
  }

  /** Returns, by the route's file, the options in its source that Next.js would reject. */
  async #invalidOptions(
    { root, routes, config }: BuildRequest,
    { metadata }: Sources,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const plain = new Set(metadata.flatMap(({ file, type }) => (type === null ? [] : file)))
    const found = new Map<string, readonly string[]>()
    for (const route of routes.filter(({ file }) => !plain.has(file))) {
      const { options, faults } = await this.#options.find(join(root, route.file), route.kind)
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
  #forbiddenRoutes(
    request: BuildRequest,
    bundle: Bundle,
    metadata: readonly MetadataSource[],
  ): string[] {
    if (request.allowUnusable === true) return []
    const found = this.#unusableRoutes(request, bundle, metadata)
    return found.length === 0 ? [] : [...found, unusableAdvice]
  }

  #unusableRoutes(
    { root, routes }: BuildRequest,
    { entries }: Bundle,
    metadata: readonly MetadataSource[],
  ): string[] {
    const others = new Set(metadata.map(({ file }) => file))
    const looked = routes.filter(
      ({ file }) => !others.has(file) && !this.#broken.messages.has(join(root, file)),
    )
    return looked.flatMap(
      ({ file, kind }) =>
        unusableRouteMessage({ file, kind, exports: entries.get(file)!.exports }) ?? [],
    )
  }

  /** @throws Error if the file cannot be used. */
  async #middleware(
    request: BuildRequest,
    { entries }: Bundle,
    file: ConventionFile | null,
  ): Promise<MiddlewareOutput | null> {
    if (file === null) return null
    const { module, exports } = entries.get(file.file)!
    if (this.#broken.messages.has(join(request.root, file.file))) {
      const matchers = [{ source: '/:path*', regex: '^.*$', keys: [] }]
      return { file: file.file, module, matchers, runtime: 'nodejs' }
    }
    // The exports of CommonJS are not known before it runs.
    return {
      ...(await describeMiddleware(request.root, file, exports ?? ['default'], request.config)),
      module,
    }
  }

  /** Returns every file read, also after a failed build. */
  #inputs(root: string): string[] {
    const shown = (path: string): string =>
      path.startsWith(`${root}/`) ? relative(root, path) : path
    return [...this.#seen]
      .filter((path) => !path.includes('/node_modules/'))
      .map(shown)
      .sort()
  }
}
