/**
 * Decides which packages stay in `node_modules` and which are bundled. A package stays where Node.js
 * itself can load it from the project's folder: that is what packages are tested with, and it keeps
 * builds small. Packages that ship TypeScript or JSX, that lie outside `node_modules` (workspaces), that
 * are listed in `transpilePackages`, or that a nested `node_modules` provides are bundled.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { basename, dirname, extname, join } from 'node:path'
import type { ImportKind, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'

/** Options of {@link externalPackages}. */
export interface PackageOptions {
  /** Absolute real path of the project. */
  root: string
  /** Packages that are never bundled (`serverExternalPackages`). */
  serverExternal: readonly string[]
  /** Packages that always are (`transpilePackages`). */
  transpile: readonly string[]
}

/**
 * The conditions of `exports` that Node.js knows besides those esbuild knows too. Given none, esbuild
 * would add `module`, which Node.js does not know.
 */
export const nodeConditions = ['node-addons', 'module-sync']

/** How Node.js would load a file. */
type Format = 'esm' | 'commonjs' | 'not at all'

const builtins = new Set(builtinModules)
const commonJsNamespace = 'millrace-commonjs'
const marker = 'millrace-resolving'

/** An esbuild plugin. */
export function externalPackages(options: PackageOptions): Plugin {
  return {
    name: 'millrace-packages',
    setup(build) {
      const resolver = new PackageResolver(build, options)
      build.onStart(() => resolver.forget())
      build.onResolve({ filter: /^[^./]/ }, (args) => {
        if (args.pluginData === marker || args.kind === 'entry-point') return undefined
        return resolver.resolve(args)
      })
      build.onResolve({ filter: /\.node$/ }, (args) => {
        if (args.pluginData === marker || args.namespace !== 'file') return undefined
        return resolver.resolveAddon(args)
      })
      build.onLoad({ filter: /.*/, namespace: commonJsNamespace }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(path)})`,
        loader: 'js',
      }))
      build.onLoad({ filter: /.*/, namespace: 'millrace-empty' }, () => ({ contents: '', loader: 'js' }))
      build.onLoad({ filter: /.*/, namespace: 'millrace-addon' }, ({ path }) => ({
        contents: `module.exports = process.getBuiltinModule('node:module').createRequire(process.cwd() + '/')(${JSON.stringify(path)})`,
        loader: 'js',
      }))
    },
  }
}

class PackageResolver {
  readonly #build: PluginBuild
  readonly #options: PackageOptions
  /** Where a specifier leads from a folder; '' where it leads nowhere. */
  readonly #paths = new Map<string, Promise<string>>()
  readonly #formats = new Map<string, Format>()

  constructor(build: PluginBuild, options: PackageOptions) {
    this.#build = build
    this.#options = options
  }

  /** Before each build: packages may have been installed since. */
  forget(): void {
    this.#paths.clear()
    this.#formats.clear()
  }

  async resolve(args: OnResolveArgs): Promise<OnResolveResult | undefined> {
    const { path: specifier, kind } = args
    if (args.namespace === commonJsNamespace) return { path: specifier, external: true }
    if (specifier.startsWith('node:') || builtins.has(specifier)) return { path: specifier, external: true }
    if (/^(data|file|https?):/.test(specifier)) return { path: specifier, external: true }
    if (specifier === 'server-only') return { path: specifier, namespace: 'millrace-empty' }
    // The runtime has these, whether the project has `next` or not.
    if (specifier.startsWith('next/')) return { path: specifier, external: true }
    const name = packageName(specifier)
    if (matches(this.#options.transpile, name)) return undefined

    const path = await this.#path(specifier, kind, args.resolveDir)
    // Leads nowhere: esbuild says so, or leaves it to a try around require().
    if (path === '') return undefined
    if (matches(this.#options.serverExternal, name)) return this.#external(args, specifier, path)
    if (!path.includes('/node_modules/')) return undefined
    const format = this.#format(path)
    if (format === 'not at all') return undefined
    const fromRoot = await this.#path(specifier, kind, this.#options.root)
    if (fromRoot !== path) return undefined
    return this.#external(args, specifier, path)
  }

  /** A native addon of the project: loaded from where it lies. */
  async resolveAddon(args: OnResolveArgs): Promise<OnResolveResult | undefined> {
    const found = join(args.resolveDir, args.path)
    if (!args.path.startsWith('.') || !existsSync(found)) return undefined
    const inside = found.startsWith(`${this.#options.root}/`) ? `.${found.slice(this.#options.root.length)}` : found
    return { path: inside, namespace: 'millrace-addon' }
  }

  /**
   * Node.js finds the names a CommonJS package exports by guessing at its text; going through
   * require() gives every name, as bundlers of Next.js do.
   */
  #external(args: OnResolveArgs, specifier: string, path: string): OnResolveResult {
    // Not import(): a namespace made at run time is beyond a bundler, so it is Node.js's.
    const imported = args.kind === 'import-statement'
    if (imported && this.#format(path) === 'commonjs') return { path: specifier, namespace: commonJsNamespace }
    return { path: specifier, external: true }
  }

  #path(specifier: string, kind: ImportKind, resolveDir: string): Promise<string> {
    const required = kind === 'require-call' || kind === 'require-resolve'
    const key = `${required ? 'require' : 'import'} ${specifier} ${resolveDir}`
    let path = this.#paths.get(key)
    if (path === undefined) {
      path = this.#build
        .resolve(specifier, { kind, resolveDir, pluginData: marker })
        .then((result) => (result.errors.length > 0 || result.external || result.namespace !== 'file' ? '' : result.path))
      this.#paths.set(key, path)
    }
    return path
  }

  #format(path: string): Format {
    let format = this.#formats.get(path)
    if (format === undefined) {
      format = formatOf(path)
      this.#formats.set(path, format)
    }
    return format
  }
}

/** "@scope/name/sub" → "@scope/name". */
function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

function matches(list: readonly string[], name: string): boolean {
  return list.includes(name)
}

function formatOf(path: string): Format {
  switch (extname(path)) {
    case '.mjs':
      return loadable(path) ? 'esm' : 'not at all'
    case '.cjs':
    case '.node':
      return 'commonjs'
    case '.js': {
      const type = packageType(path)
      if (type === 'module') return loadable(path) ? 'esm' : 'not at all'
      if (type === 'commonjs') return 'commonjs'
      return hasModuleSyntax(readFileSync(path, 'utf8')) ? 'not at all' : 'commonjs'
    }
    default:
      return 'not at all'
  }
}

const importLine = /^\s*(?:import|export)\b[^'"();]*?(?:from\s*)?['"](\.[^'"]*)['"]/gm

function hasModuleSyntax(text: string): boolean {
  return /^\s*(?:import\s*(?:[\w*{'"])|export\s*(?:default\b|const\b|let\b|var\b|function\b|class\b|async\b|[*{]))/m.test(text)
}

/** Whether Node.js finds the files that an ES module imports: some were only ever bundled. */
function loadable(path: string): boolean {
  const text = readFileSync(path, 'utf8')
  for (const [, specifier] of text.matchAll(importLine)) {
    const target = join(dirname(path), specifier ?? '')
    if (!statSync(target, { throwIfNoEntry: false })?.isFile()) return false
  }
  return true
}

/** The `type` of the nearest package.json; undefined where it says none. */
function packageType(path: string): unknown {
  for (let folder = dirname(path); basename(folder) !== 'node_modules'; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { type?: unknown }).type
    if (folder === dirname(folder)) break
  }
  return undefined
}
