/**
 * Builds routes for a development server: only those that are asked for, and after a save only
 * those that the changed files affect. esbuild bundles the routes of a step, which finds all errors
 * and resolves all imports exactly as in production; the bundle itself is not used. The modules of
 * the bundle are compiled one by one (see module_emitter), because workers keep each as one
 * instance for all routes, also for those that are compiled later.
 */
import { mkdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { Metafile } from 'esbuild'
import type { Inexactness } from '../base/inexact.ts'
import { formatted, isOfProject } from '../base/messages.ts'
import {
  instrumentationOf,
  metadataName,
  outputName,
  type Sources,
  sourcesOf,
} from '../bundle/bundled_sources.ts'
import { commonOptions, virtualOutdir } from '../bundle/esbuild_context.ts'
import { ModuleGraph } from '../bundle/module_graph.ts'
import { entryModules, tableOutput } from '../bundle/module_table.ts'
import { generalNeeds, needsOf } from '../bundle/needs.ts'
import { type Result, writeMedia } from '../bundle/outputs.ts'
import {
  type BundledEntry,
  describeRoutes,
  type EntryFacts,
  invalidOptionsOf,
  layerEntryOf,
  middlewareOf,
  unusableRoutes,
} from '../bundle/route_facts.ts'
import type {
  BuildOutcome,
  BuildRequest,
  MiddlewareOutput,
  RouteBundler,
  RouteOutput,
} from '../bundle/types.ts'
import { isMissingDefault } from '../metadata/modules.ts'
import type { RouteSource } from '../project/route_source.ts'
import { StaticOptions } from '../syntax/static_options.ts'
import { DevContext } from './dev_context.ts'
import { type CompiledEntry, DevEntries } from './dev_entries.ts'
import { markInvalid } from './invalid_routes.ts'
import { type ChangedModule, type EmittedModule, ModuleEmitter } from './module_emitter.ts'
import { asyncModules, DevGraph } from './module_graph.ts'
import { writeModuleList } from './module_list.ts'
import { RetiredFiles } from './retired_files.ts'
import { WholeProject } from './whole_project.ts'

/**
 * A project with at most this many routes is compiled as a whole at the start, so that its errors
 * are reported at once.
 */
const smallProject = 8
/** After a save, so many of the routes that it affects are compiled before they are asked for. */
const likelyRoutes = 2
/** Keeps the compiled routes of one project, and esbuild's state. */
export class DevBundler implements RouteBundler {
  readonly #context = new DevContext()
  readonly #entries = new DevEntries()
  readonly #emitter = new ModuleEmitter()
  readonly #options = new StaticOptions()
  readonly #retired = new RetiredFiles()
  #graph = new DevGraph('')
  #middleware: MiddlewareOutput | null = null
  readonly #whole = new WholeProject()
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
    if (await this.#context.prepare(request, sources)) this.#restart(request.root)
    const replaced = await this.#replaceContents(request)
    if (replaced === null) this.#invalidate(request, sources)
    const files = await this.#enter(request, sources)
    const made = files.length === 0 ? {} : await this.#compile(request, sources, files)
    const inputs = this.#inputs(request.root)
    if (made.errors !== undefined) return { ...made, inputs }
    await this.#write(request)
    this.#isFirst = false
    const whole = await this.#whole.look(request, this.#needs(request, sources))
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
    await this.#context.close()
    await this.#whole.close()
  }

  // --- What is up to date ---

  /** Marks the entries that the changes affect. */
  #invalidate({ dev, root }: BuildRequest, sources: Sources): void {
    this.#entries.keepOnly(new Set(sources.files))
    const changes = dev?.changes ?? null
    if (changes === null || changes.length > 0) this.#whole.forget()
    if (changes === null) {
      this.#context.seen.clear()
      this.#entries.expireAll()
      return
    }
    if (changes.length === 0) return
    const changed = changes.flatMap((path) => {
      const names = this.#graph.namesOf(path)
      // A file that was read without being a module can affect anything.
      return names.length === 0 && this.#context.seen.has(path) ? [null] : names
    })
    const affected = changed.includes(null)
      ? null
      : this.#graph.importers(changed.filter((name) => name !== null))
    for (const [file, { name, isBroken }] of this.#entries.current()) {
      const isChanged = changes.includes(join(root, file))
      if (affected === null || isBroken || isChanged || affected.has(name))
        this.#entries.expire(file)
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
    if (changes === null || changes.length === 0 || this.#whole.isNeeded) return null
    const entries = this.#entries.current()
    if (entries.some(([, { isBroken, needs }]) => isBroken || needs.length > 0)) return null
    this.#context.clear()
    const modules: ChangedModule[] = []
    for (const path of changes) {
      const [name, ...more] = this.#graph.namesOf(path)
      if (name === undefined && !this.#context.seen.has(path)) continue
      const input = name === undefined ? undefined : this.#graph.input(name)
      if (name !== relative(root, path) || more.length > 0 || input === undefined) return null
      // A route's file can be a link.
      const entry = entries.find(([, compiled]) => compiled.name === name)
      if (entry !== undefined && !(await this.#hasSameOptions(request, ...entry))) return null
      const loaded = await this.#context.loads.load(path)
      if (loaded === null) return null
      modules.push({ name, input, loaded })
    }
    if (this.#context.inexact.of(changes).length > 0) return null
    const folder = moduleFolder(request)
    const options = commonOptions(request, this.#context.copies)
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

  /** Returns the files of the entries to compile now. */
  #chosen(
    { dev, routes }: BuildRequest,
    { files, middleware, instrumentation }: Sources,
  ): string[] {
    const isMissing = (file: string): boolean => this.#entries.get(file) === undefined
    const others = [middleware, instrumentation].flatMap((found) => found?.file ?? [])
    const wanted = (dev?.wanted ?? []).filter((file) => files.includes(file))
    const likely =
      this.#isFirst && routes.length <= smallProject
        ? routes.map(({ file }) => file)
        : this.#entries.staleFiles().slice(-likelyRoutes)
    return [...new Set([...others, ...likely, ...wanted])].filter(isMissing)
  }

  // --- Compiling ---

  /** Makes the entries to compile now those of the context. @returns their files. */
  async #enter(request: BuildRequest, sources: Sources): Promise<string[]> {
    for (;;) {
      const files = this.#chosen(request, sources)
      const entries = await layerEntryOf(request, sources, files, this.#options)
      if (!(await this.#context.enter(request, sources, entries))) return files
      // An entry has a new layer, which changes what others share.
      this.#restart(request.root)
    }
  }

  /** Forgets what was compiled with other settings. */
  #restart(root: string): void {
    this.#entries.expireAll()
    this.#emitter.forget()
    this.#graph = new DevGraph(root)
  }

  /** Compiles the entries of `files`, with everything that they reach. */
  async #compile(
    request: BuildRequest,
    sources: Sources,
    files: readonly string[],
  ): Promise<BuildOutcome> {
    const { root } = request
    this.#context.clear()
    const routes = request.routes.filter(({ file }) => files.includes(file))
    await markInvalid(
      { ...request, routes },
      sources.metadata,
      this.#options,
      this.#context.broken.messages,
    )
    const made = await this.#context.build(request, files)
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
      broken: this.#context.broken.messages,
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
      inexact: this.#context.inexact,
      broken: this.#context.broken.elsewhere,
      general: [],
    })
    const outputs = await describeRoutes(root, routes, facts)
    for (const [file, { input: name }] of entries) {
      const isBroken = [...reach.get(file)!].some((path) => this.#context.broken.messages.has(path))
      this.#entries.add(file, {
        name,
        output: outputs[file] ?? null,
        needs: needs[file] ?? [],
        isBroken,
      })
    }
    const problems = [...this.#context.broken.messages.values()]
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

  async #emit(request: BuildRequest, metafile: Metafile, text: string): Promise<void> {
    const names = Object.keys(metafile.inputs).filter((name) => !name.startsWith('millrace-table:'))
    await this.#emitter.emit({
      root: request.root,
      folder: moduleFolder(request),
      options: commonOptions(request, this.#context.copies),
      metafile,
      names,
      loaded: this.#context.loads.loaded,
      async: asyncModules(text),
    })
    this.#graph.add(metafile)
  }

  // --- Results ---

  /** Writes the list of modules of this generation. */
  async #write(request: BuildRequest): Promise<void> {
    const { outdir } = request
    const entries = new Map(this.#entries.current().map(([file, { name }]) => [file, name]))
    const reached = this.#graph.reach(this.#entries.names())
    this.#graph.keepOnly(reached)
    this.#emitter.keepOnly(reached)
    const modules = new Map<string, EmittedModule>()
    for (const name of reached) {
      const module = this.#emitter.get(name)
      if (module !== undefined) modules.set(name, module)
    }
    const folder = moduleFolder(request)
    await mkdir(outdir, { recursive: true })
    await writeModuleList({
      outdir,
      folder,
      settings: [request.config, request.env],
      entries,
      modules,
    })
    if (this.#context.media.size > 0) await writeMedia(this.#context.media, outdir)
    const listed = new Set([...modules.values()].map(({ file }) => file))
    await this.#emitter.remove(this.#retired.next(listed), folder)
  }

  #outputs({ routes }: BuildRequest, { metadata }: Sources): Record<string, RouteOutput> {
    const wrapped = new Set(metadata.map(({ file }) => file))
    return Object.fromEntries(
      routes.map(({ file }) => [
        file,
        this.#entries.get(file)?.output ?? {
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
      [...(this.#entries.get(file)?.needs ?? []), ...general],
    ])
    return Object.fromEntries(all.filter(([, needs]) => needs.length > 0))
  }

  #inputs(root: string): string[] {
    return [...this.#context.seen]
      .filter((path) => !path.includes('/node_modules/'))
      .map((path) => (path.startsWith(`${root}/`) ? relative(root, path) : path))
      .sort()
  }
}

/** Returns the folder of the compiled modules, which all generations share. */
function moduleFolder({ outdir }: BuildRequest): string {
  return join(dirname(outdir), 'modules')
}
