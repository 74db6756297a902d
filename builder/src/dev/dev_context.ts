/**
 * Keeps esbuild's context for a development server, in which each build is of the entries that are
 * wanted, and what its plugins record.
 */
import { dirname } from 'node:path'
import { InexactModules } from '../base/inexact.ts'
import { BrokenFiles } from '../bundle/broken_files.ts'
import type { Sources } from '../bundle/bundled_sources.ts'
import { type BundleContext, inlined, openContext, usesCache } from '../bundle/esbuild_context.ts'
import type { Result } from '../bundle/outputs.ts'
import { buildInRounds } from '../bundle/rounds.ts'
import type { BuildRequest } from '../bundle/types.ts'
import { LayerCopies, type LayerEntry } from '../packages/layer_copies.ts'
import { type Layer, layersOf } from '../packages/layers.ts'
import { PluginLoads } from './plugin_loads.ts'

/** The context of one project. */
export class DevContext {
  readonly broken = new BrokenFiles()
  readonly inexact = new InexactModules()
  /** Files that have a URL, content by name. */
  readonly media = new Map<string, Uint8Array>()
  /** Absolute paths of all files read. */
  readonly seen = new Set<string>()
  copies = new LayerCopies([])
  loads = new PluginLoads()
  readonly #tolerated = new Set<string>()
  readonly #layers = new Map<Layer['name'], Layer>()
  #entries: readonly LayerEntry[] = []
  #context: BundleContext | undefined
  #key = ''

  /** Opens the context anew if the settings have changed. @returns whether it did. */
  async prepare(request: BuildRequest, sources: Sources): Promise<boolean> {
    this.#addLayers(request, sources)
    const key = keyOf(request, sources, [...this.#layers.keys()])
    if (this.#context !== undefined && key === this.#key) return false
    await this.close()
    const layers = [...this.#layers.values()]
    this.copies = new LayerCopies(
      layers.map((layer, index) => ({ path: String(index), layer })),
      true,
    )
    const loads = new PluginLoads()
    this.loads = loads
    this.#context = await openContext(request, sources, () => this.#entries, {
      broken: this.broken.messages,
      copies: this.copies,
      inexact: this.inexact,
      media: this.media,
      seen: this.seen,
      tolerated: this.#tolerated,
      wrap: (plugin) => loads.wrap(plugin, request.root),
    })
    this.#key = key
    return true
  }

  /** Forgets what earlier builds have recorded of modules. */
  clear(): void {
    this.broken.clear()
    this.inexact.clear()
    this.#tolerated.clear()
    this.loads.loaded.clear()
  }

  /** Sets the entries of the next build. @returns whether the context was opened anew for them. */
  async enter(
    request: BuildRequest,
    sources: Sources,
    entries: readonly LayerEntry[],
  ): Promise<boolean> {
    this.#entries = entries
    for (const { layer } of entries) this.#layers.set(layer.name, layer)
    const isNew = await this.prepare(request, sources)
    this.copies.enter(entries)
    return isNew
  }

  /** Bundles the entries, whose files are given. */
  build(
    request: BuildRequest,
    files: readonly string[],
  ): Promise<{ result: Result } | { errors: string[]; elsewhere: boolean }> {
    return buildInRounds({
      request,
      files,
      context: () => Promise.resolve(this.#context!),
      copies: () => this.copies,
      broken: this.broken,
      seen: this.seen,
      tolerated: this.#tolerated,
    })
  }

  async close(): Promise<void> {
    await this.#context?.dispose()
    this.#context = undefined
  }

  #addLayers({ mode, routes }: BuildRequest, { middleware }: Sources): void {
    const kinds = layersOf(mode)
    if (this.#layers.size === 0) {
      // The main layer is that of most routes at the start; it stays.
      const pages = routes.filter(({ kind }) => kind === 'pages').length
      const main = pages > routes.length - pages ? kinds.pages : kinds.app
      this.#layers.set(main.name, main)
    }
    if (middleware?.name === 'middleware') this.#layers.set('edge-app', kinds['edge-app'])
    for (const { kind } of routes) this.#layers.set(kind, kinds[kind])
  }
}

function keyOf(
  request: BuildRequest,
  { metadata }: Sources,
  layers: readonly Layer['name'][],
): string {
  const { root, mode, config } = request
  return JSON.stringify([
    root,
    mode,
    dirname(request.outdir),
    metadata,
    layers,
    config.env,
    config.serverExternalPackages,
    config.transpilePackages,
    config.basePath,
    config.assetPrefix,
    config['turbopack'],
    config['compiler'],
    config.experimental,
    usesCache(config),
    inlined(request),
  ])
}
