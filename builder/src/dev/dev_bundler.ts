/**
 * Builds routes for a development server: only those that are asked for, and after a save only
 * those that the changed files affect. esbuild bundles the routes of a step, which finds all errors
 * and resolves all imports exactly as in production; the bundle itself is not used. The modules of
 * the bundle are compiled one by one (see module_emitter), because workers keep each as one
 * instance for all routes, also for those that are compiled later.
 */
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { type Metafile, type Plugin, type PluginBuild } from 'esbuild'
import { InexactModules } from '../base/inexact.ts'
import { formatted, isOfProject } from '../base/messages.ts'
import { BrokenFiles } from '../bundle/broken_files.ts'
import {
  instrumentationOf,
  metadataName,
  outputName,
  type Sources,
  sourcesOf,
} from '../bundle/bundled_sources.ts'
import { Bundler } from '../bundle/bundler.ts'
import { incompatibleOptions } from '../bundle/candidates.ts'
import {
  type BundleContext,
  commonOptions,
  inlined,
  openContext,
  usesCache,
  virtualOutdir,
} from '../bundle/esbuild_context.ts'
import { ModuleGraph } from '../bundle/module_graph.ts'
import { entryModules, tableOutput } from '../bundle/module_table.ts'
import { generalNeeds, needsOf } from '../bundle/needs.ts'
import { type Result, writeMedia } from '../bundle/outputs.ts'
import { buildInRounds } from '../bundle/rounds.ts'
import {
  describeRoutes,
  type BundledEntry,
  type EntryFacts,
  invalidOptionsOf,
  layerEntryOf,
  middlewareOf,
  unusableRoutes,
} from '../bundle/route_facts.ts'
import type { BuildOutcome, BuildRequest, MiddlewareOutput, RouteOutput } from '../bundle/types.ts'
import type { Inexactness } from '../base/inexact.ts'
import { isMissingDefault } from '../metadata/modules.ts'
import { LayerCopies, type LayerEntry } from '../packages/layer_copies.ts'
import { type Layer, layersOf } from '../packages/layers.ts'
import type { RouteSource } from '../project/route_source.ts'
import { StaticOptions } from '../syntax/static_options.ts'
import { DevGraph } from './module_graph.ts'
import {
  type EmittedModule,
  type ChangedModule,
  type LoadedModule,
  loadedKey,
  ModuleEmitter,
} from './module_emitter.ts'
import { writeModuleList } from './module_list.ts'

/**
 * A project with at most this many routes is compiled as a whole at the start, so that its errors
 * are reported at once.
 */
const smallProject = 8
/** After a save, so many of the routes that it affects are compiled before they are asked for. */
const likelyRoutes = 2
/** Generations for which the file of a module that has been replaced is kept. */
const keptGenerations = 8

/** What is known of an entry that has been compiled. */
interface CompiledEntry {
  /** The name of its module. */
  readonly name: string
  /** Null for the middleware and instrumentation. */
  readonly output: RouteOutput | null
  readonly needs: readonly Inexactness[]
  /** Whether it throws a compiler's message. */
  readonly isBroken: boolean
}

/** Keeps the compiled routes of one project, and esbuild's state. */
export class DevBundler {
  readonly #broken = new BrokenFiles()
  readonly #inexact = new InexactModules()
  readonly #media = new Map<string, Uint8Array>()
  readonly #seen = new Set<string>()
  readonly #tolerated = new Set<string>()
  readonly #options = new StaticOptions()
  readonly #loaded = new Map<string, LoadedModule>()
  /** How plugins load modules, in their order. */
  #loads: PluginLoad[] = []
  readonly #emitter = new ModuleEmitter()
  /** The entries that are up to date, by file; the latest last. */
  readonly #compiled = new Map<string, CompiledEntry>()
  /** The entries that were compiled once and are not up to date; the latest last. */
  readonly #stale = new Map<string, CompiledEntry>()
  /** Files of modules that no list contains any more, with the number of builds since. */
  readonly #retired = new Map<string, number>()
  #listed = new Set<string>()
  #graph = new DevGraph('')
  #layers = new Map<Layer['name'], Layer>()
  #copies = new LayerCopies([])
  #active: readonly LayerEntry[] = []
  #context: BundleContext | undefined
  #contextKey = ''
  #middleware: MiddlewareOutput | null = null
  /** For decisions that need all routes; made when the first is. */
  #whole: Bundler | undefined
  #wholeOutcome: BuildOutcome | undefined
  #isFirst = true

  /** Builds the routes of `request.dev`, with the generation that contains them. */
  async build(request: BuildRequest): Promise<BuildOutcome> {
    let sources: Sources
    try {
      sources = sourcesOf(request)
    } catch (error) {
      return { errors: [(error as Error).message], inputs: [] }
    }
    if (sources.files.length === 0) return { outputs: {}, inputs: [] }
    await this.#prepare(request, sources)
    const replaced = await this.#replaceContents(request)
    if (replaced === null) this.#invalidate(request, sources)
    const files = this.#chosen(request, sources)
    const made = files.length === 0 ? {} : await this.#compile(request, sources, files)
    const inputs = this.#inputs(request.root)
    if (made.errors !== undefined) return { ...made, inputs }
    await this.#write(request)
    this.#isFirst = false
    const whole = await this.#lookAtAll(request, sources)
    if (whole?.errors !== undefined) return { ...whole, inputs }
    return {
      ...made,
      warnings: [...(replaced?.warnings ?? []), ...(made.warnings ?? [])],
      compiled: [...new Set([...(replaced?.files ?? []), ...files])],
      outputs: this.#outputs(request, sources),
      middleware: sources.middleware === null ? null : this.#middleware,
      instrumentation: instrumentationOf(sources.instrumentation),
      prerender: false,
      needs: whole?.needs ?? this.#needs(request, sources),
      memory_state: whole?.memory_state ?? [],
      notes: [],
      inputs,
    }
  }

  /** Releases esbuild's state. */
  async close(): Promise<void> {
    await this.#context?.dispose()
    this.#context = undefined
    await this.#whole?.close()
  }

  // --- What is up to date ---

  /** Marks the entries that the changes affect. */
  #invalidate({ dev, root }: BuildRequest, sources: Sources): void {
    const known = new Set(sources.files)
    for (const file of [...this.#compiled.keys(), ...this.#stale.keys()])
      if (!known.has(file)) {
        this.#compiled.delete(file)
        this.#stale.delete(file)
      }
    const changes = dev?.changes ?? null
    if (changes === null || changes.length > 0) this.#wholeOutcome = undefined
    if (changes === null) {
      this.#seen.clear()
      for (const file of [...this.#compiled.keys()]) this.#expire(file)
      return
    }
    if (changes.length === 0) return
    const changed = changes.flatMap((path) => {
      const names = this.#graph.namesOf(path)
      // A file that was read without being a module can affect anything.
      return names.length === 0 && this.#seen.has(path) ? [null] : names
    })
    const affected = changed.includes(null)
      ? null
      : this.#graph.importers(changed.filter((name) => name !== null))
    for (const [file, { name, isBroken }] of [...this.#compiled]) {
      const isChanged = changes.includes(join(root, file))
      if (affected === null || isBroken || isChanged || affected.has(name)) this.#expire(file)
    }
  }

  /**
   * Replaces the modules whose contents have changed, without bundling, if the other modules cannot
   * be affected. @returns the entries that reach them, and warnings; null if that is not certain.
   */
  async #replaceContents({
    dev,
    ...request
  }: BuildRequest): Promise<{ files: string[]; warnings: string[] } | null> {
    const { root, routes } = request
    const changes = dev?.changes ?? null
    if (changes === null || changes.length === 0 || this.#wholeOutcome !== undefined) return null
    const entries = [...this.#compiled]
    if (entries.some(([, { isBroken, needs }]) => isBroken || needs.length > 0)) return null
    this.#broken.clear()
    this.#inexact.clear()
    const modules: ChangedModule[] = []
    for (const path of changes) {
      const [name, ...more] = this.#graph.namesOf(path)
      if (name === undefined && !this.#seen.has(path)) continue
      const input = name === undefined ? undefined : this.#graph.input(name)
      if (name !== relative(root, path) || more.length > 0 || input === undefined) return null
      const entry = this.#compiled.get(name)
      if (entry !== undefined && !(await this.#hasSameOptions(request, name, entry))) return null
      const loaded = await this.#load(path)
      if (loaded === null) return null
      modules.push({ name, input, loaded })
    }
    if (this.#inexact.of(changes).length > 0) return null
    const folder = moduleFolder(request)
    const options = commonOptions(request, this.#copies)
    const warnings = await this.#emitter.replace({ root, folder, options }, modules)
    if (warnings === null) return null
    const affected = this.#graph.importers(modules.map(({ name }) => name))
    const isRoute = new Set(routes.map(({ file }) => file))
    return {
      files: entries.flatMap(([file, { name }]) =>
        isRoute.has(file) && affected.has(name) ? file : [],
      ),
      warnings: await formatted(warnings.filter(isOfProject), 'warning'),
    }
  }

  async #hasSameOptions(
    request: BuildRequest,
    file: string,
    { output }: CompiledEntry,
  ): Promise<boolean> {
    const route = request.routes.find((one) => one.file === file)
    // The middleware's matchers are part of its source.
    if (route === undefined || output === null || route.metadata !== undefined) return false
    const { generateStaticParams: _, ...before } = output.options
    const invalid = await invalidOptionsOf(request, [route], [], this.#options)
    const now = await this.#options.read(join(request.root, file), route.kind)
    return invalid.size === 0 && JSON.stringify(now) === JSON.stringify(before)
  }

  /** Loads a file as esbuild would. @returns null if plugins report errors. */
  async #load(path: string): Promise<LoadedModule | undefined | null> {
    const args = { path, namespace: 'file', suffix: '', pluginData: undefined, with: {} }
    for (const { filter, namespace, load } of this.#loads) {
      if ((namespace ?? 'file') !== 'file' || !filter.test(path)) continue
      const result = await load(args)
      if (result?.errors !== undefined && result.errors.length > 0) return null
      if (result?.contents !== undefined)
        return { contents: result.contents, loader: result.loader ?? 'default' }
    }
    return undefined
  }

  #expire(file: string): void {
    const entry = this.#compiled.get(file)
    if (entry === undefined) return
    this.#compiled.delete(file)
    this.#stale.delete(file)
    this.#stale.set(file, entry)
  }

  /** Returns the files of the entries to compile now. */
  #chosen(
    { dev, routes }: BuildRequest,
    { files, middleware, instrumentation }: Sources,
  ): string[] {
    const isMissing = (file: string): boolean => !this.#compiled.has(file)
    const others = [middleware, instrumentation].flatMap((found) => found?.file ?? [])
    const wanted = (dev?.wanted ?? []).filter((file) => files.includes(file))
    const likely =
      this.#isFirst && routes.length <= smallProject
        ? routes.map(({ file }) => file)
        : [...this.#stale.keys()].slice(-likelyRoutes)
    return [...new Set([...others, ...likely, ...wanted])].filter(isMissing)
  }

  // --- Compiling ---

  /** Opens esbuild's context anew if the settings have changed. */
  async #prepare(request: BuildRequest, sources: Sources): Promise<void> {
    const { root, mode, config, routes } = request
    const kinds = layersOf(mode)
    if (this.#layers.size === 0) {
      // The main layer is that of most routes at the start; it stays.
      const pages = routes.filter(({ kind }) => kind === 'pages').length
      const main = pages > routes.length - pages ? kinds.pages : kinds.app
      this.#layers.set(main.name, main)
    }
    if (sources.middleware?.name === 'middleware') this.#layers.set('edge-app', kinds['edge-app'])
    for (const { kind } of routes) this.#layers.set(kind, kinds[kind])
    const key = JSON.stringify([
      root,
      mode,
      dirname(request.outdir),
      sources.metadata,
      [...this.#layers.keys()],
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
    if (this.#context !== undefined && key === this.#contextKey) return
    await this.#context?.dispose()
    if (this.#contextKey !== '') {
      for (const file of [...this.#compiled.keys()]) this.#expire(file)
      this.#emitter.forget()
    }
    this.#graph = new DevGraph(root)
    const layers = [...this.#layers.values()]
    this.#copies = new LayerCopies(
      layers.map((layer, index) => ({ path: String(index), layer })),
      true,
    )
    this.#loads = []
    this.#context = await openContext(request, sources, () => this.#active, {
      broken: this.#broken.messages,
      copies: this.#copies,
      inexact: this.#inexact,
      media: this.#media,
      seen: this.#seen,
      tolerated: this.#tolerated,
      wrap: (plugin) => recording(plugin, root, this.#loaded, this.#loads),
    })
    this.#contextKey = key
  }

  /** Compiles the entries of `files`, with everything that they reach. */
  async #compile(
    request: BuildRequest,
    sources: Sources,
    files: readonly string[],
  ): Promise<BuildOutcome> {
    const { root } = request
    this.#broken.clear()
    this.#inexact.clear()
    this.#tolerated.clear()
    this.#loaded.clear()
    this.#active = await layerEntryOf(request, sources, files, this.#options)
    const unknown = this.#active.filter(({ layer }) => !this.#layers.has(layer.name))
    if (unknown.length > 0) {
      for (const { layer } of unknown) this.#layers.set(layer.name, layer)
      await this.#prepare(request, sources)
    }
    this.#copies.enter(this.#active)
    const routes = request.routes.filter(({ file }) => files.includes(file))
    await this.#markInvalid(request, sources, routes)
    const made = await buildInRounds({
      request,
      files,
      context: () => Promise.resolve(this.#context!),
      copies: () => this.#copies,
      broken: this.#broken,
      seen: this.#seen,
      tolerated: this.#tolerated,
    })
    if ('errors' in made) return made
    const path = join(virtualOutdir(request.outdir), `${tableOutput}.mjs`)
    const text = made.result.outputFiles.find((file) => file.path === path)!.text
    const modules = entryModules(text, made.result.metafile)
    await this.#emit(request, made.result.metafile, text)
    const wrapped = new Set(sources.metadata.map(({ file }) => file))
    const entries = new Map(
      files.map((file, index): [string, BundledEntry & { input: string }] => [
        file,
        {
          ...modules[index]!,
          size: 0,
          module: `${wrapped.has(file) ? metadataName(file) : outputName(file)}.mjs`,
        },
      ]),
    )
    const facts: EntryFacts = {
      entries,
      broken: this.#broken.messages,
      metadata: sources.metadata,
      options: this.#options,
    }
    const { middleware } = sources
    try {
      if (middleware !== null && files.includes(middleware.file))
        this.#middleware = await middlewareOf(request, facts, middleware)
    } catch (error) {
      return { errors: [(error as Error).message] }
    }
    return await this.#record(routes, facts, entries, made.result, root)
  }

  /** Records the compiled entries. @returns what to report of them. */
  async #record(
    routes: readonly RouteSource[],
    facts: EntryFacts,
    entries: ReadonlyMap<string, { readonly input: string }>,
    { metafile, warnings }: Result,
    root: string,
  ): Promise<BuildOutcome> {
    const graph = new ModuleGraph(root, metafile)
    const reach = new Map(
      [...entries].map(([file, { input }]) => [file, new Set(graph.files(input))]),
    )
    const needs = needsOf({
      reach,
      inexact: this.#inexact,
      broken: this.#broken.elsewhere,
      general: [],
    })
    const outputs = await describeRoutes(root, routes, facts)
    for (const [file, { input: name }] of entries) {
      const isBroken = [...reach.get(file)!].some((path) => this.#broken.messages.has(path))
      this.#stale.delete(file)
      this.#compiled.set(file, {
        name,
        output: outputs[file] ?? null,
        needs: needs[file] ?? [],
        isBroken,
      })
    }
    const problems = [...this.#broken.messages.values()]
    return {
      warnings: [
        ...unusableRoutes(root, routes, facts),
        ...(await formatted(
          warnings.filter((message) => isOfProject(message) && !isMissingDefault(message)),
          'warning',
        )),
      ],
      ...(problems.length > 0 ? { problems } : {}),
    }
  }

  /** A route with options that Next.js rejects responds with the error. */
  async #markInvalid(
    request: BuildRequest,
    { metadata }: Sources,
    routes: readonly RouteSource[],
  ): Promise<void> {
    const { root, config } = request
    for (const [file, errors] of await invalidOptionsOf(request, routes, metadata, this.#options))
      this.#broken.messages.set(join(root, file), errors.join('\n\n'))
    for (const { file, kind } of routes) {
      if (kind !== 'app' || this.#broken.messages.has(join(root, file))) continue
      const options = await this.#options.read(join(root, file), kind)
      const errors = incompatibleOptions({ [file]: { methods: [], options } }, config)
      if (errors.length > 0) this.#broken.messages.set(join(root, file), errors.join('\n\n'))
    }
  }

  async #emit(request: BuildRequest, metafile: Metafile, text: string): Promise<void> {
    const names = Object.keys(metafile.inputs).filter((name) => !name.startsWith('millrace-table:'))
    await this.#emitter.emit({
      root: request.root,
      folder: moduleFolder(request),
      options: commonOptions(request, this.#copies),
      metafile,
      names,
      loaded: this.#loaded,
      async: asyncModules(text),
    })
    this.#graph.add(metafile)
  }

  // --- Results ---

  /** Writes the list of modules of this generation. */
  async #write(request: BuildRequest): Promise<void> {
    const { outdir } = request
    const entries = new Map([...this.#compiled].map(([file, { name }]) => [file, name]))
    const reached = this.#graph.reach([
      ...entries.values(),
      ...[...this.#stale.values()].map(({ name }) => name),
    ])
    this.#graph.keepOnly(reached)
    this.#emitter.keepOnly(reached)
    const modules = new Map<string, EmittedModule>()
    for (const name of reached) {
      const module = this.#emitter.get(name)
      if (module !== undefined) modules.set(name, module)
    }
    const folder = moduleFolder(request)
    await mkdir(outdir, { recursive: true })
    await writeModuleList({ outdir, folder, epoch: epochOf(request), entries, modules })
    if (this.#media.size > 0) await writeMedia(this.#media, outdir)
    await this.#removeOld(new Set([...modules.values()].map(({ file }) => file)), folder)
  }

  async #removeOld(listed: Set<string>, folder: string): Promise<void> {
    for (const file of this.#listed) if (!listed.has(file)) this.#retired.set(file, 0)
    this.#listed = listed
    const old: string[] = []
    for (const [file, builds] of this.#retired) {
      if (listed.has(file)) this.#retired.delete(file)
      else if (builds < keptGenerations) this.#retired.set(file, builds + 1)
      else {
        this.#retired.delete(file)
        old.push(file)
      }
    }
    await this.#emitter.remove(old, folder)
  }

  #outputs({ routes }: BuildRequest, { metadata }: Sources): Record<string, RouteOutput> {
    const wrapped = new Set(metadata.map(({ file }) => file))
    return Object.fromEntries(
      routes.map(({ file }) => [
        file,
        this.#compiled.get(file)?.output ?? {
          module: `${wrapped.has(file) ? metadataName(file) : outputName(file)}.mjs`,
          methods: null,
          options: {},
          size: 0,
          lazy: true,
        },
      ]),
    )
  }

  #needs(request: BuildRequest, { files }: Sources): Record<string, readonly Inexactness[]> {
    const general = generalNeeds(request)
    const all = files.map((file): [string, readonly Inexactness[]] => [
      file,
      [...(this.#compiled.get(file)?.needs ?? []), ...general],
    ])
    return Object.fromEntries(all.filter(([, needs]) => needs.length > 0))
  }

  /**
   * Bundles all routes if one may need the project's Next.js: which others share its state is known
   * only then.
   */
  async #lookAtAll(request: BuildRequest, sources: Sources): Promise<BuildOutcome | undefined> {
    const isNeeded =
      request.lenient === true &&
      (request.routes.some(({ engine }) => engine === 'next') ||
        Object.keys(this.#needs(request, sources)).length > 0)
    if (!isNeeded) return undefined
    this.#whole ??= new Bundler()
    this.#wholeOutcome ??= await this.#whole.build({
      ...request,
      outdir: join(dirname(request.outdir), 'whole'),
    })
    return this.#wholeOutcome
  }

  #inputs(root: string): string[] {
    return [...this.#seen]
      .filter((path) => !path.includes('/node_modules/'))
      .map((path) => (path.startsWith(`${root}/`) ? relative(root, path) : path))
      .sort()
  }
}

/** Returns the folder of the compiled modules, which all generations share. */
function moduleFolder({ outdir }: BuildRequest): string {
  return join(dirname(outdir), 'modules')
}

function epochOf({ config, env }: BuildRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([config, env]))
    .digest('base64url')
    .slice(0, 22)
}

/** Returns the modules that esbuild has made asynchronous in the text of a bundle. */
function asyncModules(text: string): ReadonlySet<string> {
  return new Set(
    [...text.matchAll(/^ {2}async ("(?:[^"\\]|\\.)*")\(/gm)].map(
      ([, name]) => JSON.parse(name!) as string,
    ),
  )
}

/** A plugin's function that loads modules. */
interface PluginLoad {
  readonly filter: RegExp
  readonly namespace: string | undefined
  readonly load: Parameters<PluginBuild['onLoad']>[1]
}

/** Returns `plugin` with the modules that it loads recorded, and how it loads them. */
function recording(
  plugin: Plugin,
  root: string,
  loaded: Map<string, LoadedModule>,
  loads: PluginLoad[],
): Plugin {
  return {
    name: plugin.name,
    setup(build) {
      const onLoad: PluginBuild['onLoad'] = (options, load) => {
        loads.push({ filter: options.filter, namespace: options.namespace, load })
        build.onLoad(options, async (args) => {
          const result = await load(args)
          if (result?.contents !== undefined) {
            const { path, namespace, suffix } = args
            const name = namespace === 'file' ? relative(root, path) : `${namespace}:${path}`
            loaded.set(loadedKey(name + suffix, args.with), {
              contents: result.contents,
              loader: result.loader ?? 'default',
            })
          }
          return result
        })
      }
      return plugin.setup({ ...build, onLoad })
    },
  }
}
