/**
 * Bundles a project's routes with esbuild: one bundle that holds every module once, and a module a
 * route that runs its part of it. Rebuilds are incremental as long as the set of routes and the
 * settings stay.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, extname, join, relative } from 'node:path'
import {
  type BuildContext,
  type BuildFailure,
  type BuildResult,
  context,
  type Message,
} from 'esbuild'
import { type ConventionFile, type Conventions, findConventions } from '../project/conventions.ts'
import { incompatibleOptions } from './candidates.ts'
import {
  entryOf,
  isMissingDefault,
  metadataModules,
  metadataOf,
  type MetadataSource,
  missingDefaults,
} from '../metadata/modules.ts'
import { routeMethods } from '../../../runtime/node/src/base/methods.ts'
import { whyUnanswerable } from '../mistakes/unanswerable.ts'
import { describeMiddleware } from '../proxy/describe.ts'
import { finished } from './banner.ts'
import { InexactModules } from '../base/inexact.ts'
import { generalNeeds, mayCompileElsewhere, needsOf } from './needs.ts'
import { formatted, isOfProject, plainName } from '../base/messages.ts'
import { ModuleGraph } from './module_graph.ts'
import {
  entryModules,
  entryText,
  moduleTable,
  tableEntry,
  tableOutput,
  type EntryModule,
} from './module_table.ts'
import {
  keepingLayer,
  LayerCopies,
  layerCopies,
  type LayerEntry,
  loadCopies,
} from '../packages/layer_copies.ts'
import { layersOf, nodeConditions } from '../packages/layers.ts'
import { externalPackages } from '../packages/packages.ts'
import {
  findMemoryState,
  memoryNotes,
  type MemoryState,
  type StateEntries,
} from '../memory_state/report.ts'
import { aliasesOf } from './aliases.ts'
import { keptConsoleMethods } from '../rewrites/console_calls.ts'
import { definesOf, environmentOf } from './defines.ts'
import { inexactSettings } from '../sources/inexact_sources.ts'
import { extensionsOf, projectModules } from './project_modules.ts'
import { invalidOptions } from './option_values.ts'
import { sourceFiles } from '../sources/source_files.ts'
import { describeFault } from '../syntax/option_faults.ts'
import { StaticOptions } from '../syntax/static_options.ts'
import { filesWithTypes } from '../sources/tolerated_imports.ts'
import type {
  BuildAnswer,
  BuildRequest,
  InstrumentationOutput,
  MiddlewareOutput,
  RouteOutput,
} from './types.ts'
import type { RouteSource } from '../project/route_source.ts'

/** Each round finds the errors, or the copies, that those before it hid. */
const maximumRounds = 25

/** Rebuilds to find out whose an error is that names no file: it is found by halves. */
const maximumTries = 100

/** Extensions of files of the conventions where next.config says nothing. */
const usualExtensions = ['tsx', 'ts', 'jsx', 'js']

/** What is bundled: the routes and the project's files of the conventions. */
interface Sources extends Conventions {
  /** Relative to the project, each once. */
  readonly files: readonly string[]
  /** Those of the files that are metadata. */
  readonly metadata: readonly MetadataSource[]
}

type Result = BuildResult<{ metafile: true; write: false }>

/** A build's result, looked at. */
interface Bundle {
  /** By the entry's file, in the order of the table. */
  readonly entries: ReadonlyMap<
    string,
    EntryModule & { readonly module: string; readonly size: number }
  >
  readonly graph: ModuleGraph
}

/** Keeps esbuild's state between the builds of one project. */
export class Bundler {
  readonly #broken = new Map<string, string>()
  /** Of the broken ones, those that Next.js's bundler may compile. */
  readonly #elsewhere = new Map<string, string>()
  readonly #seen = new Set<string>()
  readonly #tolerated = new Set<string>()
  readonly #options = new StaticOptions()
  /** For the plugins: files that have an address, their bytes by name. */
  readonly #media = new Map<string, Uint8Array>()
  /** For the plugins: what is not done as Next.js's bundler does it. */
  readonly #inexact = new InexactModules()
  #found: readonly MemoryState[] | undefined
  #context: BuildContext<{ metafile: true; write: false }> | undefined
  #copies = new LayerCopies([])
  #contextKey = ''

  /** Builds into `request.outdir`. Nothing is written where the answer holds `errors`. */
  async build(request: BuildRequest): Promise<BuildAnswer> {
    this.#broken.clear()
    this.#elsewhere.clear()
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
    // In development a route tells it.
    if (request.mode === 'development')
      for (const [file, errors] of invalid)
        this.#broken.set(join(request.root, file), errors.join('\n\n'))
    const made = await this.#bundle(request, sources)
    const inputs = this.#inputs(request.root)
    if ('errors' in made) return { ...made, inputs }
    // Files that cannot be compiled were left out only to find the errors of the others.
    const failures = request.mode === 'production' ? this.#failures() : []
    if (failures.length > 0) return { errors: failures, inputs }
    const bundle = bundleOf(request, made.result, sources)
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
    const errors = [
      ...(request.mode === 'production' ? [...invalid.values()].flat() : []),
      ...incompatibleOptions(outputs, request.config),
    ]
    if (errors.length > 0) return { errors, inputs }
    const reach = new Map(
      [...bundle.entries].map(([file, { input }]) => [file, new Set(bundle.graph.files(input))]),
    )
    // In development there is one worker anyway, and a save is not to wait: what the first build
    // has found is told.
    const looks = request.mode === 'production' || this.#found === undefined
    const memory = looks
      ? await findMemoryState(request.root, made.result.metafile, entriesOf(sources), reach)
      : this.#found!
    this.#found = memory
    return {
      outputs,
      // The routes of app are loaded, whether anything of them may be static or not.
      prerender: request.mode === 'production' && request.routes.some(({ kind }) => kind === 'app'),
      middleware,
      instrumentation: instrumentationOf(sources.instrumentation),
      warnings: [
        ...sources.warnings,
        ...this.#unanswerable(request, bundle, sources.metadata),
        ...(await formatted(
          made.result.warnings.filter(
            (message) => isOfProject(message) && !isMissingDefault(message),
          ),
          'warning',
        )),
      ],
      inputs,
      needs: needsOf({
        reach,
        inexact: this.#inexact,
        broken: this.#elsewhere,
        general: generalNeeds(request),
      }),
      memory_state: memory,
      notes: request.mode === 'production' ? memoryNotes(memory) : [],
      ...(this.#broken.size > 0 ? { problems: [...this.#broken.values()] } : {}),
    }
  }

  /** Lets go of esbuild's state. */
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
          ((await this.#exclude(request, errors)) || (await this.#isolate(request, sources)))
        if (goesOn) continue
        const failures = this.#failures()
        return {
          errors: [...failures, ...(await formatted(errors, 'error'))],
          elsewhere: failures.length === 0 && mayCompileElsewhere(request, errors),
        }
      }
    }
  }

  /** Marks the files that `errors` are in as broken; false where that leads no further. */
  async #exclude(request: BuildRequest, errors: readonly Message[]): Promise<boolean> {
    const byFile = new Map<string, Message[]>()
    for (const error of errors) {
      if (!error.location || !['', 'file'].includes(error.location.namespace)) return false
      const path = join(request.root, plainName(error.location.file))
      if (this.#broken.has(path) || !this.#seen.has(path)) return false
      byFile.set(path, [...(byFile.get(path) ?? []), error])
    }
    for (const [path, messages] of byFile) await this.#markBroken(request, path, messages)
    return byFile.size > 0
  }

  async #markBroken(
    request: BuildRequest,
    path: string,
    messages: readonly Message[],
  ): Promise<void> {
    const text = (await formatted(messages, 'error')).join('\n\n')
    this.#broken.set(path, text)
    if (mayCompileElsewhere(request, messages)) this.#elsewhere.set(path, text)
  }

  /**
   * In development, of errors that name no file of the project: marks the entries that have them as
   * broken, so that the others go on. False where that leads no further.
   */
  async #isolate(request: BuildRequest, { files }: Sources): Promise<boolean> {
    const bundler = this.#context
    if (request.mode !== 'development' || bundler === undefined) return false
    const paths = files.map((file) => join(request.root, file))
    const whole = paths.filter((path) => !this.#broken.has(path))
    let tries = 0
    /** What esbuild says where only these are not broken. */
    const errorsOf = async (some: readonly string[]): Promise<readonly Message[]> => {
      const others = whole.filter((path) => !some.includes(path))
      for (const path of others) this.#broken.set(path, '')
      try {
        await bundler.rebuild()
        return []
      } catch (error) {
        return (error as Partial<BuildFailure>).errors ?? []
      } finally {
        for (const path of others) this.#broken.delete(path)
      }
    }
    const found = new Map<string, readonly Message[]>()
    const search = async (some: readonly string[]): Promise<void> => {
      if (some.length === 0 || ++tries > maximumTries) return
      const errors = await errorsOf(some)
      if (errors.length === 0) return
      if (some.length === 1) return void found.set(some[0]!, errors)
      const middle = Math.ceil(some.length / 2)
      await search(some.slice(0, middle))
      await search(some.slice(middle))
    }
    await search(whole)
    if (tries > maximumTries) return false
    for (const [path, messages] of found) await this.#markBroken(request, path, messages)
    return found.size > 0
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
    this.#context = await this.#open(request, sources, entries)
    this.#contextKey = key
    return this.#context
  }

  /** What the table imports, and for which layer. */
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
      // A middleware file runs in the edge runtime where it says nothing; proxy and instrumentation
      // files never do.
      const isMiddleware = file === middleware?.file && middleware.name === 'middleware'
      const isEdge = isMiddleware
        ? runtime !== 'nodejs'
        : kinds.has(file) && (runtime === 'edge' || runtime === 'experimental-edge')
      return { path, layer: layers[isEdge ? (`edge-${kind}` as const) : kind] }
    }
    return Promise.all(files.map(entryOfFile))
  }

  #open(
    request: BuildRequest,
    sources: Sources,
    entries: readonly LayerEntry[],
  ): Promise<BuildContext<{ metafile: true; write: false }>> {
    const { root, config, mode } = request
    const copies = this.#copies
    const aliases = aliasesOf(config)
    const plugins = [
      moduleTable(
        root,
        entries.map((entry) => copies.specifierOf(entry)),
      ),
      metadataModules({
        root,
        mode,
        sources: sources.metadata,
        broken: this.#broken,
        seen: this.#seen,
      }),
      ...projectModules({
        root,
        mode,
        config,
        inexact: this.#inexact,
        seen: this.#seen,
        media: this.#media,
      }),
      externalPackages({
        root,
        copies,
        serverExternal: config.serverExternalPackages ?? [],
        transpile: config.transpilePackages ?? [],
        inexact: this.#inexact,
        isAliased: (specifier) => aliases.targetsOf(specifier) !== null,
      }),
      sourceFiles({
        root,
        broken: this.#broken,
        useCache: usesCache(config),
        seen: this.#seen,
        environment: environmentOf(config.basePath ?? '', mode),
        extensions: extensionsOf(config),
        keptConsole: keptConsoleMethods(
          (config['compiler'] as { removeConsole?: unknown } | undefined)?.removeConsole,
        ),
        inexact: { modules: this.#inexact, settings: inexactSettings(root, config) },
        tolerated: this.#tolerated,
        isReference: (path, pluginData) => copies.isReference(path, pluginData),
      }),
    ]
    return context({
      absWorkingDir: root,
      entryPoints: [{ in: tableEntry, out: tableOutput }],
      // Never written to: it stands for every generation's folder, which lie side by side, so that
      // the paths in source maps hold in each.
      outdir: virtualOutdir(request.outdir),
      write: false,
      metafile: true,
      bundle: true,
      // In one bundle names are often taken; classes and functions keep theirs.
      keepNames: true,
      format: 'esm',
      platform: 'node',
      target: 'node22',
      conditions: [...nodeConditions, ...copies.main.conditions],
      mainFields: [...copies.main.mainFields],
      resolveExtensions: extensionsOf(config),
      outExtension: { '.js': '.mjs' },
      assetNames: 'assets/[name]-[hash]',
      jsx: 'automatic',
      sourcemap: 'linked',
      sourcesContent: false,
      legalComments: 'none',
      logLevel: 'silent',
      logLimit: 0,
      // The namespace of a function in CommonJS is one.
      logOverride: { 'call-import-namespace': 'silent' },
      loader: { '.js': 'jsx' },
      define: { ...sourceFiles.define, ...inlined(request), ...definesOf(config, mode) },
      plugins: [layerCopies(copies), ...plugins.map(keepingLayer), loadCopies()],
    })
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
      const broken = this.#broken.has(path)
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

  /** By the route's file: what Next.js would not take of the options in its source. */
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

  #unanswerable(
    { root, routes }: BuildRequest,
    { entries }: Bundle,
    metadata: readonly MetadataSource[],
  ): string[] {
    const others = new Set(metadata.map(({ file }) => file))
    const looked = routes.filter(
      ({ file }) => !others.has(file) && !this.#broken.has(join(root, file)),
    )
    return looked.flatMap(
      ({ file, kind }) =>
        whyUnanswerable({ file, kind, exports: entries.get(file)!.exports }) ?? [],
    )
  }

  /** Of files that nobody can compile. */
  #failures(): string[] {
    return [...this.#broken].flatMap(([path, message]) =>
      this.#elsewhere.has(path) ? [] : message,
    )
  }

  /** @throws Error for a file that cannot be used. */
  async #middleware(
    request: BuildRequest,
    { entries }: Bundle,
    file: ConventionFile | null,
  ): Promise<MiddlewareOutput | null> {
    if (file === null) return null
    const { module, exports } = entries.get(file.file)!
    if (this.#broken.has(join(request.root, file.file))) {
      const matchers = [{ source: '/:path*', regex: '^.*$', keys: [] }]
      return { file: file.file, module, matchers, runtime: 'nodejs' }
    }
    // What CommonJS exports nobody knows before it runs.
    return {
      ...(await describeMiddleware(request.root, file, exports ?? ['default'], request.config)),
      module,
    }
  }

  /** Every file read, also by a build that failed. */
  #inputs(root: string): string[] {
    const shown = (path: string): string =>
      path.startsWith(`${root}/`) ? relative(root, path) : path
    return [...this.#seen]
      .filter((path) => !path.includes('/node_modules/'))
      .map(shown)
      .sort()
  }
}

/** @throws Error where the project has files that exclude each other. */
function sourcesOf({ root, config, routes }: BuildRequest): Sources {
  const extensions = config.pageExtensions ?? usualExtensions
  const conventions = findConventions(root, extensions)
  const metadata = routes.flatMap((route) => metadataOf(route) ?? [])
  const others = [conventions.middleware, conventions.instrumentation].flatMap(
    (found) => found?.file ?? [],
  )
  return { ...conventions, metadata, files: [...routes.map(({ file }) => file), ...others] }
}

/** What the server calls. */
function entriesOf({ files, instrumentation }: Sources): StateEntries {
  return {
    routes: files.filter((file) => file !== instrumentation?.file),
    instrumentation: instrumentation?.file ?? null,
  }
}

function instrumentationOf(found: ConventionFile | null): InstrumentationOutput | null {
  return found === null ? null : { file: found.file, module: `${outputName(found.file)}.mjs` }
}

/** "pages/api/a.ts" → "routes/pages/api/a", without the output's extension. */
function outputName(file: string): string {
  return `routes/${file.slice(0, file.length - extname(file).length)}`
}

function usesCache(config: BuildRequest['config']): boolean {
  return (
    config.cacheComponents === true ||
    (config.experimental as Record<string, unknown> | undefined)?.['useCache'] === true
  )
}

/** With the extension: icon.png and icon.svg are two. */
function metadataName(file: string): string {
  return `routes/${file}`
}

function virtualOutdir(outdir: string): string {
  return join(dirname(outdir), 'current')
}

/** Values put in place of `process.env.NAME` at build time. */
function inlined({ mode, config, env }: BuildRequest): Record<string, string> {
  const names = Object.keys(env).filter((name) => name.startsWith('NEXT_PUBLIC_'))
  const values = {
    ...Object.fromEntries(names.map((name) => [name, env[name]])),
    ...config.env,
    NODE_ENV: mode,
  }
  const usable = Object.entries(values).filter(([name]) => /^[A-Za-z_$][\w$]*$/.test(name))
  const defined = Object.fromEntries(
    usable.map(([name, value]) => [`process.env.${name}`, JSON.stringify(value)]),
  )
  // All code runs in Node.js, edge handlers too.
  return { ...defined, 'process.env.NEXT_RUNTIME': '"nodejs"', 'process.browser': 'false' }
}

function bundleOf(
  { root, outdir }: BuildRequest,
  { metafile, outputFiles }: Result,
  { files, metadata }: Sources,
): Bundle {
  const path = join(virtualOutdir(outdir), `${tableOutput}.mjs`)
  const text = outputFiles.find((file) => file.path === path)!.text
  const modules = entryModules(text, metafile)
  const graph = new ModuleGraph(root, metafile)
  const sizes = graph.sizes(
    modules.map(({ input }) => input),
    relative(root, path),
  )
  const wrapped = new Set(metadata.map(({ file }) => file))
  const entries = files.map((file, index) => {
    const module = `${wrapped.has(file) ? metadataName(file) : outputName(file)}.mjs`
    return [file, { ...modules[index]!, module, size: sizes[index]! }] as const
  })
  return { entries: new Map(entries), graph }
}

/**
 * Writes the modules of the entries. That of the instrumentation file changes with whatever it
 * reaches, which is how a worker knows that it has to run again.
 */
async function writeEntries(
  request: BuildRequest,
  { entries, graph }: Bundle,
  instrumentation: ConventionFile | null,
): Promise<void> {
  const write = async (
    file: string,
    { input, module, exports }: EntryModule & { module: string },
    index: number,
  ): Promise<void> => {
    const note =
      file === instrumentation?.file
        ? await versionOf(graph.files(input), JSON.stringify(inlined(request)))
        : ''
    const path = join(request.outdir, module)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, entryText(module, index, exports, note))
  }
  await Promise.all([...entries].map(([file, entry], index) => write(file, entry, index)))
}

/** Something else whenever one of `files`, or what they are built with, is. */
async function versionOf(files: readonly string[], settings: string): Promise<string> {
  const hash = createHash('sha256').update(settings)
  for (const file of [...files].sort())
    hash.update(`\n${file}\n`).update(await readFile(file).catch(() => ''))
  return hash.digest('hex')
}

async function writeOutputs(result: Result, outdir: string): Promise<void> {
  const from = virtualOutdir(outdir)
  await Promise.all(
    ['routes', 'chunks', 'assets'].map((name) =>
      rm(join(outdir, name), { recursive: true, force: true }),
    ),
  )
  const folders = new Set(
    result.outputFiles.map(({ path }) => dirname(join(outdir, relative(from, path)))),
  )
  for (const folder of folders) await mkdir(folder, { recursive: true })
  await Promise.all(
    result.outputFiles.map(async (file) => {
      const path = join(outdir, relative(from, file.path))
      await writeFile(path, path.endsWith('.mjs') ? finished(file.text) : file.contents)
    }),
  )
}

/** Where the server looks for what it serves below /_next/static. */
async function writeMedia(media: ReadonlyMap<string, Uint8Array>, outdir: string): Promise<void> {
  await rm(join(outdir, 'static'), { recursive: true, force: true })
  if (media.size === 0) return
  const folder = join(outdir, 'static', 'media')
  await mkdir(folder, { recursive: true })
  for (const [name, content] of media) await writeFile(join(folder, name), content)
}
