/**
 * Compiles modules to CommonJS form with esbuild, each on its own: their contents and what their
 * imports refer to are known from a bundle, and every import is left to the worker's registry.
 */
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
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
import { moduleSpecifier } from './emitted_text.ts'
import { hideTopLevelAwait } from './top_level_await.ts'

/** What a plugin has returned for a module; absent for files that esbuild reads itself. */
export type LoadedModule = Pick<OnLoadResult, 'contents' | 'loader'>

/** How modules are compiled. */
export interface CompileOptions {
  /** Absolute path of the folder of the results. */
  readonly folder: string
  readonly options: BuildOptions
}

/** A module to compile. */
export interface Pending {
  /** In the bundle's metafile. */
  readonly name: string
  readonly format: 'esm' | 'cjs' | undefined
  readonly isAsync: boolean
  readonly contents: string | Uint8Array
  readonly loader: Loader
  /** Specifiers of the registry, by {@link importKey}. */
  readonly targets: ReadonlyMap<string, string>
}

const stub = 'millrace-stub'
const emit = 'millrace-emit'
const scriptLoaders: ReadonlySet<Loader> = new Set(['js', 'jsx', 'ts', 'tsx'])
const awaitRefused = /^Top-level await is currently not supported/

/** Esbuild's output for one module. */
export interface Compiled {
  readonly code: string
  readonly map: string
}

/** Compiles modules together; returns those that esbuild refuses for their `await` apart. */
export async function compileAll(
  request: CompileOptions,
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

/** Compiles a module with a top-level `await` of its own. */
export async function compileAwaiting(request: CompileOptions, module: Pending): Promise<Compiled> {
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
export interface Built {
  readonly files: readonly OutputFile[]
  readonly inputs: Metafile['inputs']
  readonly warnings: readonly Message[]
}

/** Compiles modules together. @throws esbuild's failure. */
export async function run(
  { folder, options }: CompileOptions,
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

/** Returns the output of one of the modules. */
export function outputOf(files: readonly OutputFile[], index: number): Compiled {
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
        const target = (pluginData as Pending).targets.get(importKey(path, kind, attributes))
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
export function placeOf(
  root: string,
  name: string,
): { path: string; namespace: string; suffix: string } {
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

/** Identifies an import of a module. */
export function importKey(
  path: string,
  kind: string,
  attributes: Record<string, string> = {},
): string {
  return `${kind} ${inOrder(attributes)} ${path}`
}

function inOrder(attributes: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(attributes).sort())
}

/** Returns a module to compile, as the metafile of a bundle describes it. */
export function pendingOf(
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
    targets.set(importKey(original ?? path, kind, attributes), external ? path : way + path)
  }
  const { path, namespace } = placeOf(root, name)
  const contents = loaded?.contents ?? (namespace === 'file' ? readFileSync(path) : '')
  return { name, format, isAsync, contents, loader: loaded?.loader ?? 'default', targets }
}
