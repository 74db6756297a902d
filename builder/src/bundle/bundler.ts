/**
 * Bundles a project's routes with esbuild: one module a route, and chunks for what they share, so that a
 * module is instantiated once in a worker. Rebuilds are incremental as long as the set of routes and
 * the settings stay.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, extname, join, relative } from 'node:path'
import { type BuildContext, type BuildFailure, type BuildResult, context, formatMessages, type Message } from 'esbuild'
import { type ConventionFile, type Conventions, findConventions } from '../conventions.ts'
import { incompatibleOptions, mayBeStatic } from '../prerender/candidates.ts'
import { entryOf, isMissingDefault, metadataModules, metadataOf, type MetadataSource, missingDefaults } from '../metadata/modules.ts'
import { describeMiddleware } from '../proxy/describe.ts'
import { moduleBanner } from './banner.ts'
import { mayCompileElsewhere, needsOf } from '../next_engine/needs.ts'
import { externalPackages, nodeConditions } from './packages.ts'
import { keptConsoleMethods } from './rewrites/console_calls.ts'
import { InexactModules } from './inexact.ts'
import { definesOf } from './defines.ts'
import { inexactSettings } from './inexact_sources.ts'
import { extensionsOf, projectModules } from './project_modules.ts'
import { sourceFiles } from './source_files.ts'
import { StaticOptions } from './static_options.ts'
import type { BuildAnswer, BuildRequest, InstrumentationOutput, MiddlewareOutput, RouteOutput, RouteSource } from './types.ts'

const methodNames = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']
/** Each round finds the errors that those before it hid. */
const maximumRounds = 25

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

/** Keeps esbuild's state between the builds of one project. */
export class Bundler {
  readonly #broken = new Map<string, string>()
  /** Of the broken ones, those that Next.js's bundler may compile. */
  readonly #elsewhere = new Map<string, string>()
  readonly #seen = new Set<string>()
  readonly #options = new StaticOptions()
  /** For the plugins: what is not done as Next.js's bundler does it. */
  readonly #inexact = new InexactModules()
  #context: BuildContext<{ metafile: true; write: false }> | undefined
  #contextKey = ''

  /** Builds into `request.outdir`. Nothing is written where the answer holds `errors`. */
  async build(request: BuildRequest): Promise<BuildAnswer> {
    this.#broken.clear()
    this.#elsewhere.clear()
    this.#inexact.clear()
    this.#seen.clear()
    let sources: Sources
    try {
      sources = sourcesOf(request)
    } catch (error) {
      return { errors: [(error as Error).message], inputs: [] }
    }
    if (sources.files.length === 0) return { outputs: {}, inputs: [] }
    const made = await this.#bundle(request, sources)
    const inputs = this.#inputs(request.root)
    if ('errors' in made) return { errors: made.errors, inputs }
    let middleware: MiddlewareOutput | null
    try {
      middleware = await this.#middleware(request, made.result, sources.middleware)
    } catch (error) {
      return { errors: [(error as Error).message], inputs }
    }
    const missing = request.mode === 'production' ? await missingDefaults(request.root, sources.metadata) : []
    if (missing.length > 0) return { errors: missing, inputs }
    await writeOutputs(made.result, request.outdir)
    const outputs = await this.#describe(request, made.result, sources.metadata)
    const errors = incompatibleOptions(outputs, request.config)
    if (errors.length > 0) return { errors, inputs }
    const isCandidate = ({ path, file }: RouteSource) => mayBeStatic({ path, ...outputs[file]! }, request.config)
    return {
      outputs,
      prerender: request.mode === 'production' && request.routes.some(isCandidate),
      middleware,
      instrumentation: instrumentationOf(sources.instrumentation),
      warnings: [
        ...sources.warnings,
        ...(await format(made.result.warnings.filter(isOfProject), 'warning')),
      ],
      inputs,
      needs: needsOf({ root: request.root, metafile: made.result.metafile, entries: sources.files, inexact: this.#inexact, broken: this.#elsewhere }),
      ...(this.#broken.size > 0 ? { problems: [...this.#broken.values()] } : {}),
    }
  }

  /** Lets go of esbuild's state. */
  async close(): Promise<void> {
    await this.#context?.dispose()
    this.#context = undefined
  }

  async #bundle(request: BuildRequest, sources: Sources): Promise<{ result: Result } | { errors: string[] }> {
    for (let round = 0; ; round++) {
      try {
        const bundler = await this.#prepare(request, sources)
        return { result: await bundler.rebuild() }
      } catch (error) {
        const { errors } = error as Partial<BuildFailure>
        if (!Array.isArray(errors)) throw error
        const mayGoOn = request.mode === 'development' || mayCompileElsewhere(request, errors)
        const goesOn = mayGoOn && round < maximumRounds && (await this.#exclude(request, errors))
        if (!goesOn) return { errors: await format(errors, 'error') }
      }
    }
  }

  /** Marks the files that `errors` are in as broken; false where that leads no further. */
  async #exclude(request: BuildRequest, errors: readonly Message[]): Promise<boolean> {
    const byFile = new Map<string, Message[]>()
    for (const error of errors) {
      if (!error.location || !['', 'file'].includes(error.location.namespace)) return false
      const path = join(request.root, error.location.file)
      if (this.#broken.has(path) || !this.#seen.has(path)) return false
      byFile.set(path, [...(byFile.get(path) ?? []), error])
    }
    for (const [path, messages] of byFile) {
      this.#broken.set(path, (await format(messages, 'error')).join('\n\n'))
      if (mayCompileElsewhere(request, messages)) this.#elsewhere.set(path, this.#broken.get(path)!)
    }
    return byFile.size > 0
  }

  async #prepare(request: BuildRequest, sources: Sources): Promise<BuildContext<{ metafile: true; write: false }>> {
    const key = JSON.stringify([
      request.root,
      request.mode,
      dirname(request.outdir),
      sources.files,
      sources.metadata,
      request.config.env,
      request.config.serverExternalPackages,
      request.config.transpilePackages,
      request.config.basePath,
      request.config['turbopack'],
      request.config['compiler'],
      request.config.experimental,
      usesCache(request.config),
      inlined(request),
    ])
    if (this.#context !== undefined && key === this.#contextKey) return this.#context
    await this.close()
    this.#context = await this.#open(request, sources)
    this.#contextKey = key
    return this.#context
  }

  #open(request: BuildRequest, sources: Sources): Promise<BuildContext<{ metafile: true; write: false }>> {
    const { root, config, mode } = request
    const metadata = new Map(sources.metadata.map((source) => [source.file, source]))
    return context({
      absWorkingDir: root,
      entryPoints: sources.files.map((file) => {
        const source = metadata.get(file)
        return source === undefined ? { in: join(root, file), out: outputName(file) } : { in: entryOf(source), out: metadataName(file) }
      }),
      // Never written to: it stands for every generation's folder, which lie side by side, so that
      // the paths in source maps hold in each.
      outdir: virtualOutdir(request.outdir),
      write: false,
      metafile: true,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node22',
      conditions: nodeConditions,
      resolveExtensions: extensionsOf(config),
      outExtension: { '.js': '.mjs' },
      chunkNames: 'chunks/[name]-[hash]',
      assetNames: 'assets/[name]-[hash]',
      jsx: 'automatic',
      sourcemap: 'linked',
      sourcesContent: false,
      legalComments: 'none',
      logLevel: 'silent',
      logLimit: 0,
      loader: { '.js': 'jsx' },
      define: { ...sourceFiles.define, ...inlined(request), ...definesOf(config, mode) },
      plugins: [
        metadataModules({ root, mode, sources: sources.metadata, seen: this.#seen }),
        ...projectModules({ root, mode, config, inexact: this.#inexact, seen: this.#seen }),
        externalPackages({
          root,
          serverExternal: config.serverExternalPackages ?? [],
          transpile: config.transpilePackages ?? [],
        }),
        sourceFiles({
          root,
          broken: this.#broken,
          useCache: usesCache(config),
          seen: this.#seen,
          extensions: extensionsOf(config),
          inexact: { modules: this.#inexact, settings: inexactSettings(root, config) },
          keptConsole: keptConsoleMethods((config['compiler'] as { removeConsole?: unknown } | undefined)?.removeConsole),
        }),
      ],
    })
  }

  async #describe(
    request: BuildRequest,
    result: Result,
    metadata: readonly MetadataSource[],
  ): Promise<Record<string, RouteOutput>> {
    const outdir = virtualOutdir(request.outdir)
    const wrapped = new Map(metadata.map((source) => [source.file, source]))
    const describe = async ({ file, kind }: RouteSource): Promise<[string, RouteOutput]> => {
      const source = wrapped.get(file)
      const module = `${source === undefined ? outputName(file) : metadataName(file)}.mjs`
      const output = result.metafile.outputs[relative(request.root, join(outdir, module))]
      if (output === undefined) throw new Error(`the bundler made no ${module} for ${file}`)
      const path = join(request.root, file)
      const broken = this.#broken.has(path)
      const methods = kind === 'app' && !broken ? methodsOf(output.exports) : null
      const options = broken || typeof source?.type === 'string' ? {} : await this.#options.read(path, kind)
      const listsPaths = kind === 'app' && output.exports.includes('generateStaticParams')
      return [file, { module, methods, options: listsPaths ? { ...options, generateStaticParams: true } : options, size: output.bytes }]
    }
    return Object.fromEntries(await Promise.all(request.routes.map(describe)))
  }

  /** @throws Error for a file that cannot be used. */
  async #middleware(request: BuildRequest, result: Result, file: ConventionFile | null): Promise<MiddlewareOutput | null> {
    if (file === null) return null
    const module = `${outputName(file.file)}.mjs`
    if (this.#broken.has(join(request.root, file.file))) {
      const matchers = [{ source: '/:path*', regex: '^.*$', keys: [] }]
      return { file: file.file, module, matchers, runtime: 'nodejs' }
    }
    const output = result.metafile.outputs[relative(request.root, join(virtualOutdir(request.outdir), module))]
    return { ...(await describeMiddleware(request.root, file, output?.exports ?? [], request.config)), module }
  }

  /** Every file read, also by a build that failed. */
  #inputs(root: string): string[] {
    const shown = (path: string): string => (path.startsWith(`${root}/`) ? relative(root, path) : path)
    return [...this.#seen].filter((path) => !path.includes('/node_modules/')).map(shown).sort()
  }
}

/** @throws Error where the project has files that exclude each other. */
function sourcesOf({ root, config, routes }: BuildRequest): Sources {
  const extensions = config.pageExtensions ?? usualExtensions
  const conventions = findConventions(root, extensions)
  const metadata = routes.flatMap((route) => metadataOf(route, extensions) ?? [])
  const others = [conventions.middleware, conventions.instrumentation].flatMap((found) => found?.file ?? [])
  return { ...conventions, metadata, files: [...routes.map(({ file }) => file), ...others] }
}

function instrumentationOf(found: ConventionFile | null): InstrumentationOutput | null {
  return found === null ? null : { file: found.file, module: `${outputName(found.file)}.mjs` }
}

/** "pages/api/a.ts" → "routes/pages/api/a", without the output's extension. */
function outputName(file: string): string {
  return `routes/${file.slice(0, file.length - extname(file).length)}`
}

function usesCache(config: BuildRequest['config']): boolean {
  return config.cacheComponents === true || (config.experimental as Record<string, unknown> | undefined)?.['useCache'] === true
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
  const values = { ...Object.fromEntries(names.map((name) => [name, env[name]])), ...config.env, NODE_ENV: mode }
  const usable = Object.entries(values).filter(([name]) => /^[A-Za-z_$][\w$]*$/.test(name))
  const defined = Object.fromEntries(usable.map(([name, value]) => [`process.env.${name}`, JSON.stringify(value)]))
  // All code runs in Node.js, edge handlers too.
  return { ...defined, 'process.env.NEXT_RUNTIME': '"nodejs"', 'process.browser': 'false' }
}

/** Null for a CommonJS module, whose exports are known when it has run. */
function methodsOf(names: readonly string[]): string[] | null {
  if (names.length === 1 && names[0] === 'default') return null
  return methodNames.filter((name) => names.includes(name))
}

async function writeOutputs(result: Result, outdir: string): Promise<void> {
  const from = virtualOutdir(outdir)
  await Promise.all(['routes', 'chunks', 'assets'].map((name) => rm(join(outdir, name), { recursive: true, force: true })))
  const folders = new Set(result.outputFiles.map(({ path }) => dirname(join(outdir, relative(from, path)))))
  for (const folder of folders) await mkdir(folder, { recursive: true })
  await Promise.all(
    result.outputFiles.map(async (file) => {
      const path = join(outdir, relative(from, file.path))
      const banner = path.endsWith('.mjs') ? moduleBanner(file.text) : ''
      await writeFile(path, banner === '' ? file.contents : banner + file.text)
    }),
  )
}

/** With a note that a user of Millrace can act on: esbuild's own speaks of its options. */
function withAdvice(message: Message): Message {
  const name = /^Could not resolve "((?:@[^/"]+\/)?[^./"][^/"]*)/.exec(message.text)?.[1]
  if (name === undefined) return message
  const notes = message.notes.filter(({ text }) => !text.includes('as external'))
  const alias = name.startsWith('@/') || name.startsWith('~')
  if (!alias) notes.push({ text: `If it is a package, install it: npm install ${name}`, location: null })
  return { ...message, notes }
}

function isOfProject(message: Message): boolean {
  return !isMissingDefault(message) && !message.location?.file.includes('node_modules/')
}

async function format(messages: readonly Message[], kind: 'error' | 'warning'): Promise<string[]> {
  const texts = await formatMessages(messages.map(withAdvice), { kind, color: false, terminalWidth: 100 })
  // Without esbuild's own mark for the kind: whoever shows a message says what it is.
  return texts.map((text) => text.trimEnd().replace(/^\S+ \[(?:ERROR|WARNING)\] /, ''))
}
