/**
 * Modules that exist once for each layer. A bundle is made for one layer, the main one; the modules
 * of another layer's entries are the same, one instance, but for those from which something is
 * reached that is another thing in that layer (a package with the condition `react-server`, say):
 * of these the layer has copies, as all modules have under Next.js. Which ones is known when
 * everything has been resolved once, so a build that finds some is made again.
 */
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Metafile, OnResolveArgs, Plugin, PluginBuild } from 'esbuild'
import { type Layer, layersOf } from './layers.ts'
import { loaders } from '../sources/source_files.ts'

/** What a copy's imports carry, so that what they lead to is the same layer's. */
export class LayerMark {
  readonly layer: Layer
  /** Whether it is being asked only where an import leads. */
  readonly asking: boolean

  constructor(layer: Layer, asking = false) {
    this.layer = layer
    this.asking = asking
  }
}

/** An entry and what it is for. */
export interface LayerEntry {
  /** Absolute path of a file, or what a plugin knows. */
  readonly path: string
  readonly layer: Layer
}

/** Of one esbuild context. */
export class LayerCopies {
  readonly main: Layer
  /** The layers of entries besides the main one. */
  readonly others: readonly Layer[]
  readonly #entries: readonly LayerEntry[]
  readonly #copied = new Map<string, ReadonlySet<string>>()
  /** What the main layer has. */
  #originals: ReadonlySet<string> = new Set()
  /** By layer: files that import, or are, something else in it. */
  readonly #differing = new Map<string, Set<string>>()

  constructor(entries: readonly LayerEntry[]) {
    this.#entries = entries
    this.main = mainOf(entries)
    this.others = [...new Map(entries.map(({ layer }) => [layer.name, layer])).values()].filter(
      ({ name }) => name !== this.main.name,
    )
  }

  /** What the table imports an entry by. */
  specifierOf({ path, layer }: LayerEntry): string {
    return layer.name === this.main.name ? path : `millrace-entry:${layer.name}:${path}`
  }

  /** Before a build; not between its rounds. */
  forget(): void {
    this.#differing.clear()
  }

  /** Notes that `file` imports, or is, something else in `layer`. */
  note(file: string, layer: Layer): void {
    const files = this.#differing.get(layer.name) ?? new Set()
    this.#differing.set(layer.name, files.add(file))
  }

  /**
   * Whether a file with `'use client'` is one for the layer that imports it, and thus something
   * else in some.
   */
  isReference(file: string, pluginData: unknown): boolean {
    for (const layer of this.others)
      if (layer.reactServer !== this.main.reactServer) this.note(file, layer)
    return (pluginData instanceof LayerMark ? pluginData.layer : this.main).reactServer
  }

  /**
   * Whether `layer` has a copy of `file`: also of those of packages that the main layer does not
   * have at all.
   */
  has(file: string, layer: Layer): boolean {
    if (this.#copied.get(layer.name)?.has(file) === true) return true
    return isOfPackage(file) && !this.#originals.has(file)
  }

  /**
   * Looks at what was built.
   * @param root what the paths of `metafile` are relative to.
   * @returns whether other copies are needed than it was built with.
   */
  update(metafile: Metafile, root: string): boolean {
    if (this.others.length === 0) return false
    const graph = plainGraph(metafile, root)
    const originals = new Set(
      Object.keys(metafile.inputs)
        .filter((input) => !/\?[\w-]+$/.test(input))
        .map((input) => join(root, input)),
    )
    let changed =
      [...this.#copied.values()].some(({ size }) => size > 0) &&
      [...originals].some((file) => isOfPackage(file) && !this.#originals.has(file))
    this.#originals = originals
    for (const layer of this.others) {
      const entries = this.#entries
        .filter((entry) => entry.layer.name === layer.name)
        .map(({ path }) => path)
      const copied = reaching(graph, entries, this.#differing.get(layer.name) ?? new Set())
      const before = this.#copied.get(layer.name) ?? new Set()
      changed ||= copied.size !== before.size || [...copied].some((file) => !before.has(file))
      this.#copied.set(layer.name, copied)
    }
    return changed
  }
}

/** An esbuild plugin; the first one. */
export function layerCopies(copies: LayerCopies): Plugin {
  return {
    name: 'millrace-layers',
    setup(build) {
      const layers = new Map(copies.others.map((layer) => [layer.name as string, layer]))
      build.onResolve({ filter: /^millrace-entry:/ }, ({ path }) => {
        const [, name = '', file = ''] = /^millrace-entry:([\w-]+):(.*)$/.exec(path) ?? []
        const layer = layers.get(name)!
        return copies.has(file, layer) ? copyOf(file, layer) : { path: file }
      })
      build.onResolve({ filter: /.*/ }, (args) => {
        const mark: unknown = args.pluginData
        return mark instanceof LayerMark && !mark.asking
          ? resolveFromCopy(build, copies, args, mark.layer)
          : undefined
      })
    },
  }
}

async function resolveFromCopy(
  build: PluginBuild,
  copies: LayerCopies,
  args: OnResolveArgs,
  layer: Layer,
) {
  const { path, kind, importer, resolveDir, namespace } = args
  const found = await build.resolve(path, {
    kind,
    importer,
    resolveDir,
    namespace,
    with: args.with,
    pluginData: new LayerMark(layer, true),
  })
  // Leads nowhere: esbuild says so, as it says it of other modules.
  if (found.errors.length > 0) return undefined
  const { external, sideEffects, suffix, pluginData } = found
  if (external || found.namespace !== 'file')
    return {
      path: found.path,
      namespace: found.namespace,
      external,
      sideEffects,
      suffix,
      pluginData: pluginData as unknown,
    }
  // What asks for a file in another way is no script.
  return copies.has(found.path, layer) && !suffix
    ? copyOf(found.path, layer)
    : { path: found.path, sideEffects, suffix }
}

function copyOf(path: string, layer: Layer) {
  return { path, suffix: `?${layer.name}`, pluginData: new LayerMark(layer) }
}

/** `plugin`, with what it loads for a copy marked as the copy's. */
export function keepingLayer(plugin: Plugin): Plugin {
  return {
    name: plugin.name,
    setup(build) {
      const onLoad: PluginBuild['onLoad'] = (options, load) => {
        build.onLoad(options, async (args) => {
          const loaded = await load(args)
          const mark: unknown = args.pluginData
          return loaded && mark instanceof LayerMark ? { pluginData: mark, ...loaded } : loaded
        })
      }
      return plugin.setup({ ...build, onLoad })
    },
  }
}

/** An esbuild plugin; the last one: esbuild's own way to load a file would lose the mark. */
export function loadCopies(): Plugin {
  return {
    name: 'millrace-copies',
    setup(build) {
      build.onLoad({ filter: /.*/, namespace: 'file' }, async ({ path, pluginData }) => {
        const loader = loaders[extname(path)]
        if (!((pluginData as unknown) instanceof LayerMark) || loader === undefined)
          return undefined
        return { contents: await readFile(path), loader, pluginData: pluginData as unknown }
      })
    },
  }
}

/** That of most entries. */
function mainOf(entries: readonly LayerEntry[]): Layer {
  if (entries.length === 0) return layersOf('production').app
  const counts = new Map<Layer, number>()
  for (const { layer } of entries) counts.set(layer, (counts.get(layer) ?? 0) + 1)
  return [...counts].reduce((most, next) => (next[1] > most[1] ? next : most))[0]
}

function isOfPackage(file: string): boolean {
  return file.includes('/node_modules/')
}

/** Files and what they import, copies and originals as one. */
function plainGraph(metafile: Metafile, root: string): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>()
  const plain = (input: string): string =>
    /^[\w-]+:/.test(input) ? input : join(root, input.replace(/\?[\w-]+$/, ''))
  for (const [input, { imports }] of Object.entries(metafile.inputs)) {
    const targets = graph.get(plain(input)) ?? new Set()
    for (const { path, external } of imports) if (!external) targets.add(plain(path))
    graph.set(plain(input), targets)
  }
  return graph
}

/** Of what `entries` reach, that from which one of `goals` is reached. */
function reaching(
  graph: ReadonlyMap<string, ReadonlySet<string>>,
  entries: readonly string[],
  goals: ReadonlySet<string>,
): Set<string> {
  const importers = new Map<string, string[]>()
  const reached = new Set(entries)
  for (const file of reached) {
    for (const target of graph.get(file) ?? []) {
      reached.add(target)
      importers.set(target, [...(importers.get(target) ?? []), file])
    }
  }
  const found = new Set([...goals].filter((file) => reached.has(file)))
  for (const file of found) for (const importer of importers.get(file) ?? []) found.add(importer)
  return found
}
