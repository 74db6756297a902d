/**
 * Creates copies of modules that differ between layers. A bundle is made for one layer, the main
 * one. The entries of another layer share its modules, as one instance, except for modules that
 * reach something that differs in that layer (for example a package with the condition
 * `react-server`): of these the layer has copies, as all modules have under Next.js. The set of
 * copies is known once everything has been resolved, so a build that finds new ones is run again.
 */
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Metafile, OnResolveArgs, Plugin, PluginBuild } from 'esbuild'
import { type Layer, layersOf } from './layers.ts'
import { loaders } from '../sources/source_files.ts'

/** Marks the imports of a copy, so that they resolve to the same layer. */
export class LayerMark {
  readonly layer: Layer
  /** Whether the import is only being resolved, not loaded. */
  readonly asking: boolean

  constructor(layer: Layer, asking = false) {
    this.layer = layer
    this.asking = asking
  }
}

/** An entry and its layer. */
export interface LayerEntry {
  /** Absolute path of a file, or a specifier that a plugin resolves. */
  readonly path: string
  readonly layer: Layer
}

/** The copies of one esbuild context. */
export class LayerCopies {
  readonly main: Layer
  /** The layers of entries besides the main one. */
  readonly others: readonly Layer[]
  #entries: readonly LayerEntry[]
  readonly #lasting: boolean
  readonly #copied = new Map<string, ReadonlySet<string>>()
  /** The modules of the main layer. */
  #originals: ReadonlySet<string> = new Set()
  /** By layer: files that are different, or import something different, in it. */
  readonly #differing = new Map<string, Set<string>>()

  /**
   * @param entries determine the main layer and the others.
   * @param lasting whether builds are of different parts of a project, see {@link enter}: a copy
   * that one of them has made stays one in all later builds, so that it is one instance.
   */
  constructor(entries: readonly LayerEntry[], lasting = false) {
    this.#entries = entries
    this.#lasting = lasting
    this.main = mainOf(entries)
    this.others = [...new Map(entries.map(({ layer }) => [layer.name, layer])).values()].filter(
      ({ name }) => name !== this.main.name,
    )
  }

  /** Returns the specifier by which the table imports an entry. */
  specifierOf({ path, layer }: LayerEntry): string {
    return layer.name === this.main.name ? path : `millrace-entry:${layer.name}:${path}`
  }

  /** Sets the entries of later builds; their layers are among those of the constructor. */
  enter(entries: readonly LayerEntry[]): void {
    this.#entries = entries
  }

  /** Called before a build; not between its rounds. */
  forget(): void {
    this.#differing.clear()
  }

  /** Records that `file` is different, or imports something different, in `layer`. */
  note(file: string, layer: Layer): void {
    const files = this.#differing.get(layer.name) ?? new Set()
    this.#differing.set(layer.name, files.add(file))
  }

  /**
   * Whether a file with `'use client'` is a client reference for the layer that imports it, and
   * thus differs between layers.
   */
  isReference(file: string, pluginData: unknown): boolean {
    for (const layer of this.others)
      if (layer.reactServer !== this.main.reactServer) this.note(file, layer)
    return (pluginData instanceof LayerMark ? pluginData.layer : this.main).reactServer
  }

  /**
   * Whether `layer` has a copy of `file`: also if the main layer does not have that package's file
   * at all.
   */
  has(file: string, layer: Layer): boolean {
    if (this.#copied.get(layer.name)?.has(file) === true) return true
    return isOfPackage(file) && !this.#originals.has(file)
  }

  /**
   * Analyses a build.
   * @param root the folder to which the paths of `metafile` are relative.
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
    this.#originals = this.#lasting ? new Set([...this.#originals, ...originals]) : originals
    for (const layer of this.others) {
      const entries = this.#entries
        .filter((entry) => entry.layer.name === layer.name)
        .map(({ path }) => path)
      const copied = reaching(graph, entries, this.#differing.get(layer.name) ?? new Set())
      const before = this.#copied.get(layer.name) ?? new Set()
      if (this.#lasting) {
        for (const file of before) copied.add(file)
        for (const input of Object.keys(metafile.inputs))
          if (input.endsWith(`?${layer.name}`)) copied.add(join(root, plainInput(input)))
      }
      changed ||= copied.size !== before.size || [...copied].some((file) => !before.has(file))
      this.#copied.set(layer.name, copied)
    }
    return changed
  }
}

/** Returns the esbuild plugin; it must be the first one. */
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
  // The import cannot be resolved: esbuild reports it as for other modules.
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
  // An import with a suffix or an attribute does not load a script.
  return copies.has(found.path, layer) && !suffix
    ? copyOf(found.path, layer)
    : { path: found.path, sideEffects, suffix }
}

function copyOf(path: string, layer: Layer) {
  return { path, suffix: `?${layer.name}`, pluginData: new LayerMark(layer) }
}

/** Returns `plugin` with the results of loading a copy marked as the copy's. */
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

/**
 * Returns the esbuild plugin; it must be the last one: esbuild's own loading of a file would lose
 * the mark.
 */
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

/** Returns the layer of most entries. */
function mainOf(entries: readonly LayerEntry[]): Layer {
  if (entries.length === 0) return layersOf('production').app
  const counts = new Map<Layer, number>()
  for (const { layer } of entries) counts.set(layer, (counts.get(layer) ?? 0) + 1)
  return [...counts].reduce((most, next) => (next[1] > most[1] ? next : most))[0]
}

function isOfPackage(file: string): boolean {
  return file.includes('/node_modules/')
}

/** Returns the name of an input without the mark of a copy. */
function plainInput(input: string): string {
  return input.replace(/\?[\w-]+$/, '')
}

/** Returns files and their imports, with copies and originals merged. */
function plainGraph(metafile: Metafile, root: string): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>()
  const plain = (input: string): string =>
    /^[\w-]+:/.test(input) ? input : join(root, plainInput(input))
  for (const [input, { imports }] of Object.entries(metafile.inputs)) {
    const targets = graph.get(plain(input)) ?? new Set()
    for (const { path, external } of imports) if (!external) targets.add(plain(path))
    graph.set(plain(input), targets)
  }
  return graph
}

/** Returns the files reachable from `entries` from which one of `goals` is reachable. */
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
