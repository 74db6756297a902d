/**
 * Compiles the modules of a development server one by one, to files that workers load into a
 * registry. esbuild has already bundled them (see dev_bundler): what each import refers to and what
 * each file contains is known, so that nothing is resolved or loaded again. A module that has not
 * changed keeps its file.
 */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import {
  build,
  type BuildFailure,
  type BuildOptions,
  type Loader,
  type Message,
  type Metafile,
  type OnLoadResult,
  type OutputFile,
  type Plugin,
  transform,
} from 'esbuild'
import { finished } from '../bundle/banner.ts'
import { loaders } from '../sources/source_files.ts'
import { emittedText, moduleSpecifier } from './emitted_text.ts'
import { linkSignature } from './link_signature.ts'
import { hideTopLevelAwait } from './top_level_await.ts'

/** What a plugin has returned for a module; absent for files that esbuild reads itself. */
export type LoadedModule = Pick<OnLoadResult, 'contents' | 'loader'>

/** A compiled module. */
export interface EmittedModule {
  /** The name of its file, without the extension. */
  readonly file: string
  readonly isAsync: boolean
  /** The modules that it imports, by name. */
  readonly imports: readonly string[]
}

/** A module whose contents have changed. */
export interface ChangedModule {
  readonly name: string
  /** What the last bundle says of it. */
  readonly input: Metafile['inputs'][string]
  /** What plugins have loaded now. */
  readonly loaded: LoadedModule | undefined
}

/** What a round of compilation needs to know. */
export interface EmitRequest {
  /** Absolute real path of the project. */
  readonly root: string
  /** Absolute path of the folder of the files. */
  readonly folder: string
  /** How esbuild compiles modules. */
  readonly options: BuildOptions
  /** Of the bundle. */
  readonly metafile: Metafile
  /** The modules to have, by their names in the metafile. */
  readonly names: Iterable<string>
  /** By {@link loadedKey}. */
  readonly loaded: ReadonlyMap<string, LoadedModule>
  /** The modules that have, or wait for, a top-level `await`. */
  readonly async: ReadonlySet<string>
}

type Imports = Metafile['inputs'][string]['imports']
type Format = 'esm' | 'cjs' | undefined

interface Pending {
  readonly name: string
  readonly format: Format
  readonly isAsync: boolean
  readonly contents: string | Uint8Array
  readonly loader: Loader
  /** Specifiers of the registry, by the key of an import. */
  readonly targets: ReadonlyMap<string, string>
}

interface Known extends EmittedModule {
  readonly identity: string
  /** See {@link linkSignature}. */
  readonly signature: string
  readonly contents: string | Uint8Array | undefined
}

const stub = 'millrace-stub'
const emit = 'millrace-emit'
const scriptLoaders: ReadonlySet<Loader> = new Set(['js', 'jsx', 'ts', 'tsx'])
const awaitRefused = /^Top-level await is currently not supported/

/** Keeps the compiled modules of one project. */
export class ModuleEmitter {
  readonly #known = new Map<string, Known>()
  readonly #written = new Set<string>()

  /** Forgets all modules: the options have changed. Files stay. */
  forget(): void {
    this.#known.clear()
  }

  /** Returns the compiled module of a name that was emitted before. */
  get(name: string): EmittedModule | undefined {
    return this.#known.get(name)
  }

  /** Compiles the modules that have changed. @throws esbuild's failure. */
  async emit(request: EmitRequest): Promise<void> {
    const pending: { module: Pending; known: Omit<Known, 'file' | 'signature'> }[] = []
    for (const name of request.names) {
      const input = request.metafile.inputs[name]
      if (input === undefined) continue
      const loaded = request.loaded.get(loadedKey(name, input.with))
      const isAsync = request.async.has(name)
      const identity = identityOf(request.root, name, loaded, input.imports, isAsync)
      const before = this.#known.get(name)
      if (before?.identity === identity && isSame(before.contents, loaded?.contents)) continue
      const imports = [...new Set(input.imports.flatMap((one) => (one.external ? [] : one.path)))]
      pending.push({
        module: pendingOf(request.root, name, input, loaded, isAsync),
        known: { identity, contents: loaded?.contents, isAsync, imports },
      })
    }
    if (pending.length === 0) return
    const files = await this.#compile(
      request,
      pending.map(({ module }) => module),
    )
    for (const { module, known } of pending)
      this.#known.set(module.name, { ...known, ...files.get(module.name)! })
  }

  /**
   * Compiles modules whose contents have changed. @returns the warnings; null, and nothing has
   * changed, if they may not fit the other modules any more, or cannot be compiled.
   */
  async replace(
    request: Pick<EmitRequest, 'root' | 'folder' | 'options'>,
    changed: readonly ChangedModule[],
  ): Promise<readonly Message[] | null> {
    const modules = changed.map(({ name, input, loaded }) =>
      pendingOf(request.root, name, input, loaded, false),
    )
    let made: Built
    try {
      made = await run(request, modules, 'cjs')
    } catch {
      return null
    }
    const results: { known: Known; module: Pending; output: Compiled }[] = []
    for (const [index, { name, input, loaded }] of changed.entries()) {
      const before = this.#known.get(name)
      const now = made.inputs[name]
      const module = modules[index]!
      const output = outputOf(made.files, index)
      const signature = signatureOf(module, output)
      if (
        before === undefined ||
        before.isAsync ||
        now === undefined ||
        now.format !== input.format ||
        importsOf(now) !== importsOf(input, module.targets) ||
        before.signature !== signature
      )
        return null
      const identity = identityOf(request.root, name, loaded, input.imports, false)
      const known = { ...before, identity, contents: loaded?.contents, signature }
      results.push({ known, module, output })
    }
    for (const { known, module, output } of results)
      this.#known.set(module.name, {
        ...known,
        file: await this.#write(request.folder, module, output),
      })
    return made.warnings
  }

  /** Removes the files of modules; they must not be known. */
  async remove(files: Iterable<string>, folder: string): Promise<void> {
    await Promise.all(
      [...files].map(async (file) => {
        this.#written.delete(file)
        await rm(join(folder, `${file}.cjs`), { force: true })
        await rm(join(folder, `${file}.cjs.map`), { force: true })
      }),
    )
  }

  /** Forgets modules that nothing imports any more. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name)
  }

  async #compile(
    request: EmitRequest,
    modules: readonly Pending[],
  ): Promise<ReadonlyMap<string, Pick<Known, 'file' | 'signature'>>> {
    const files = new Map<string, Pick<Known, 'file' | 'signature'>>()
    const write = async (module: Pending, output: Compiled): Promise<void> => {
      const file = await this.#write(request.folder, module, output)
      files.set(module.name, { file, signature: signatureOf(module, output) })
    }
    await mkdir(request.folder, { recursive: true })
    const { outputs, awaiting } = await compileAll(request, modules)
    await Promise.all([
      ...[...outputs].map(([module, output]) => write(module, output)),
      ...awaiting.map(async (module) => write(module, await compileAwaiting(request, module))),
    ])
    return files
  }

  async #write(folder: string, module: Pending, { code, map }: Compiled): Promise<string> {
    const { format, isAsync } = module
    const text = emittedText(code, { isStrict: format === 'esm', isAsync })
    const file = createHash('sha256').update(text).update(map).digest('base64url').slice(0, 22)
    if (this.#written.has(file)) return file
    const path = join(folder, `${file}.cjs`)
    await Promise.all([
      writeFile(`${path}.map`, map),
      writeFile(path, `${text}//# sourceMappingURL=${file}.cjs.map\n`),
    ])
    this.#written.add(file)
    return file
  }
}

/** Esbuild's output for one module. */
interface Compiled {
  readonly code: string
  readonly map: string
}

/** Compiles modules together; returns those that esbuild refuses for their `await` apart. */
async function compileAll(
  request: EmitRequest,
  modules: readonly Pending[],
): Promise<{ outputs: Map<Pending, Compiled>; awaiting: Pending[] }> {
  let rest = [...modules]
  const awaiting: Pending[] = []
  for (;;) {
    try {
      const { files } = await run(request, rest, 'cjs')
      return {
        outputs: new Map(rest.map((module, i) => [module, outputOf(files, i)])),
        awaiting,
      }
    } catch (error) {
      const { errors = [] } = error as Partial<BuildFailure>
      const refused = new Set(
        errors.flatMap(({ text, location }) =>
          awaitRefused.test(text) ? (location?.file ?? []) : [],
        ),
      )
      const found = rest.filter(({ name }) => refused.has(name))
      if (found.length === 0) throw error
      awaiting.push(...found)
      rest = rest.filter(({ name }) => !refused.has(name))
      if (rest.length === 0) return { outputs: new Map(), awaiting }
    }
  }
}

async function compileAwaiting(request: EmitRequest, module: Pending): Promise<Compiled> {
  const { files } = await run(request, [module], 'esm')
  const { code, map } = outputOf(files, 0)
  const inlineMap = `\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}\n`
  return await transform(hideTopLevelAwait(code) + inlineMap, {
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    loader: 'js',
    sourcemap: 'external',
    sourcesContent: false,
    sourcefile: 'module.mjs',
    legalComments: 'none',
  })
}

/** The result of esbuild for several modules. */
interface Built {
  readonly files: readonly OutputFile[]
  readonly inputs: Metafile['inputs']
  readonly warnings: readonly Message[]
}

async function run(
  { folder, options }: Pick<EmitRequest, 'folder' | 'options'>,
  modules: readonly Pending[],
  format: 'cjs' | 'esm',
): Promise<Built> {
  const {
    outputFiles = [],
    metafile,
    warnings,
  } = await build({
    ...options,
    entryPoints: modules.map((module, i) => ({
      in: `${isScript(module) ? emit : stub}:${i}`,
      out: `m${i}`,
    })),
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    format,
    metafile: true,
    sourcemap: 'external',
    plugins: [onlyThese(modules, options.absWorkingDir!)],
  })
  const assets = outputFiles.filter(({ path }) => !/\/m\d+\.cjs(?:\.map)?$/.test(path))
  for (const { path, contents, text } of assets) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, path.endsWith('.mjs') ? finished(text) : contents)
  }
  return { files: outputFiles, inputs: metafile.inputs, warnings }
}

/** Whether esbuild gives the module its exports; of all others it does for require() only. */
function isScript({ name, format, loader }: Pending): boolean {
  if (format === undefined) return false
  return loader === 'default'
    ? extname(withoutAttributes(name).replace(/\?.*$/, '')) in loaders
    : scriptLoaders.has(loader)
}

function outputOf(files: readonly OutputFile[], index: number): Compiled {
  const code = files.find(({ path }) => path.endsWith(`/m${index}.cjs`))!.text
  const map = files.find(({ path }) => path.endsWith(`/m${index}.cjs.map`))!.text
  return { code, map }
}

/** Loads `modules` and nothing else: every import is left to the registry. */
function onlyThese(modules: readonly Pending[], root: string): Plugin {
  return {
    name: 'millrace-emit',
    setup(setup) {
      const namespaces = new Set<string>()
      setup.onResolve({ filter: /.*/ }, ({ path, kind, with: attributes, pluginData }) => {
        const [, prefix, number] = /^(millrace-(?:stub|emit)):(\d+)$/.exec(path) ?? []
        if (prefix === stub) return { path: number!, namespace: stub }
        if (prefix === emit) {
          const module = modules[Number(number)]!
          return { ...placeOf(root, module.name), pluginData: module }
        }
        const target = (pluginData as Pending).targets.get(keyOf(path, kind, attributes))
        return { path: target ?? path, external: true }
      })
      setup.onLoad({ filter: /.*/, namespace: stub }, ({ path }) => ({
        contents: `module.exports = require("${emit}:${path}")`,
        loader: 'js',
        resolveDir: root,
      }))
      const load = ({ pluginData }: { pluginData: unknown }): OnLoadResult => {
        const module = pluginData as Pending
        return {
          contents: module.contents,
          loader: module.loader,
          pluginData: module,
          resolveDir: root,
        }
      }
      for (const { name } of modules) namespaces.add(placeOf(root, name).namespace)
      for (const namespace of namespaces) setup.onLoad({ filter: /.*/, namespace }, load)
    },
  }
}

/** Returns the key of what plugins have loaded for a module that is imported with attributes. */
export function loadedKey(name: string, attributes: Readonly<Record<string, string>> = {}): string {
  return `${withoutAttributes(name)} ${inOrder(attributes)}`
}

/** Returns the name of a module without its attributes, which a metafile may add. */
export function withoutAttributes(name: string): string {
  return name.replace(/ with \{ .* \}$/s, '')
}

/** Returns how esbuild's plugins name the module that a metafile names. */
function placeOf(root: string, name: string): { path: string; namespace: string; suffix: string } {
  const virtual = /^([\w-]+|\(disabled\)):(.*)$/s.exec(name)
  if (virtual !== null) return { path: virtual[2]!, namespace: virtual[1]!, suffix: '' }
  const plain = withoutAttributes(name)
  const suffix = /\?[^/]*$/.exec(plain)?.[0] ?? ''
  const path = join(root, plain.slice(0, plain.length - suffix.length))
  // The same file with other attributes is another module.
  const attributes = name.slice(plain.length)
  return {
    path,
    namespace: 'file',
    suffix: suffix + (attributes && `?${encodeURIComponent(attributes)}`),
  }
}

function keyOf(path: string, kind: string, attributes: Record<string, string> = {}): string {
  return `${kind} ${inOrder(attributes)} ${path}`
}

function inOrder(attributes: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(attributes).sort())
}

function pendingOf(
  root: string,
  name: string,
  { format, imports }: Metafile['inputs'][string],
  loaded: LoadedModule | undefined,
  isAsync: boolean,
): Pending {
  const targets = new Map<string, string>()
  for (const { path, kind, original, external, with: attributes } of imports) {
    if (path === '<runtime>') continue
    const way = kind === 'require-call' ? moduleSpecifier.require : moduleSpecifier.import
    targets.set(keyOf(original ?? path, kind, attributes), external ? path : way + path)
  }
  const { path, namespace } = placeOf(root, name)
  const contents = loaded?.contents ?? (namespace === 'file' ? readFileSync(path) : '')
  return { name, format, isAsync, contents, loader: loaded?.loader ?? 'default', targets }
}

/** Returns the imports of a module as the registry is asked for them. */
function importsOf(
  { imports }: Metafile['inputs'][string],
  targets?: ReadonlyMap<string, string>,
): string {
  const list = imports.filter(({ path }) => path !== '<runtime>')
  return list
    .map(({ path, kind, original, with: attributes }) =>
      targets === undefined ? path : targets.get(keyOf(original ?? path, kind, attributes)),
    )
    .join('\n')
}

function signatureOf({ name, contents }: Pending, { code }: Compiled): string {
  const hasTypes = /\.[cm]?tsx?$/.test(withoutAttributes(name))
  return linkSignature(code, hasTypes ? null : Buffer.from(contents).toString('utf8'))
}

/** Changes with everything that the compiled module depends on, except for contents of plugins. */
function identityOf(
  root: string,
  name: string,
  loaded: LoadedModule | undefined,
  imports: Imports,
  isAsync: boolean,
): string {
  const parts = [String(isAsync), loaded?.loader ?? '']
  if (loaded?.contents === undefined) {
    const { path, namespace } = placeOf(root, name)
    const info = namespace === 'file' ? statSync(path, { throwIfNoEntry: false }) : undefined
    parts.push(info === undefined ? '' : `${info.mtimeMs} ${info.size} ${info.ino}`)
  }
  for (const { path, kind, original, with: attributes } of imports)
    parts.push(`${kind} ${original ?? ''} ${path} ${attributes ? JSON.stringify(attributes) : ''}`)
  return parts.join('\n')
}

function isSame(
  one: string | Uint8Array | undefined,
  other: string | Uint8Array | undefined,
): boolean {
  if (one === other || typeof one === 'string' || typeof other === 'string') return one === other
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0
}
