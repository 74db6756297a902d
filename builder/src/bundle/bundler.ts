/**
 * Bundles a project's routes with esbuild: one bundle that contains every module once, and a module
 * per route that runs its part of the bundle. Rebuilds are incremental while the set of routes and
 * the settings stay the same.
 */
import { dirname, join, relative } from 'node:path'
import { InexactModules } from '../base/inexact.ts'
import { formatted, isOfProject } from '../base/messages.ts'
import { findMemoryState, memoryNotes, type MemoryState } from '../memory_state/report.ts'
import { isMissingDefault, missingDefaults } from '../metadata/modules.ts'
import { LayerCopies } from '../packages/layer_copies.ts'
import { StaticOptions } from '../syntax/static_options.ts'
import { BrokenFiles } from './broken_files.ts'
import { entriesOf, instrumentationOf, type Sources, sourcesOf } from './bundled_sources.ts'
import { incompatibleOptions } from './candidates.ts'
import { type BundleContext, inlined, openContext, usesCache } from './esbuild_context.ts'
import { generalNeeds, needsOf } from './needs.ts'
import {
  type Bundle,
  bundleOf,
  type Result,
  writeEntries,
  writeMedia,
  writeOutputs,
} from './outputs.ts'
import { buildInRounds } from './rounds.ts'
import {
  describeRoutes,
  type EntryFacts,
  forbiddenRoutes,
  invalidOptionsOf,
  layerEntryOf,
  middlewareOf,
  unusableRoutes,
} from './route_facts.ts'
import type { BuildOutcome, BuildRequest, MiddlewareOutput } from './types.ts'

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
  #context: BundleContext | undefined
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
    const invalid = await invalidOptionsOf(request, request.routes, sources.metadata, this.#options)
    // In development the route itself reports the error.
    if (request.mode === 'development')
      for (const [file, errors] of invalid)
        this.#broken.messages.set(join(request.root, file), errors.join('\n\n'))
    const made = await buildInRounds({
      request,
      files: sources.files,
      context: () => this.#prepare(request, sources),
      copies: () => this.#copies,
      broken: this.#broken,
      seen: this.#seen,
      tolerated: this.#tolerated,
    })
    const inputs = this.#inputs(request.root)
    if ('errors' in made) return { ...made, inputs }
    const bundle = bundleOf(request, made.result, sources)
    const facts: EntryFacts = {
      entries: bundle.entries,
      broken: this.#broken.messages,
      metadata: sources.metadata,
      options: this.#options,
    }
    // Files that cannot be compiled were left out only to find the errors of the others.
    const mistakes =
      request.mode === 'production'
        ? [
            ...this.#broken.failures(),
            ...[...invalid.values()].flat(),
            ...forbiddenRoutes(request, facts),
          ]
        : []
    if (mistakes.length > 0) return { errors: mistakes, inputs }
    let middleware: MiddlewareOutput | null
    try {
      middleware = await middlewareOf(request, facts, sources.middleware)
    } catch (error) {
      return { errors: [(error as Error).message], inputs }
    }
    const missing =
      request.mode === 'production' ? await missingDefaults(request.root, sources.metadata) : []
    if (missing.length > 0) return { errors: missing, inputs }
    await writeOutputs(made.result, request.outdir)
    await writeMedia(this.#media, request.outdir)
    await writeEntries(request, bundle, sources.instrumentation)
    const outputs = await describeRoutes(request.root, request.routes, facts)
    const errors = incompatibleOptions(outputs, request.config)
    if (errors.length > 0) return { errors, inputs }
    return {
      ...(await this.#findings(request, sources, bundle, facts, made.result)),
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
    facts: EntryFacts,
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
        ...unusableRoutes(request.root, request.routes, facts),
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

  async #prepare(request: BuildRequest, sources: Sources): Promise<BundleContext> {
    const entries = await layerEntryOf(request, sources, sources.files, this.#options)
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
    this.#context = await openContext(request, sources, () => entries, {
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
