/**
 * Decides which packages stay in `node_modules` and which are bundled. A package stays where
 * Node.js itself can load it, with everything that it imports, and finds the files that Next.js's
 * bundler would: that is what packages are tested with, and it keeps builds small. Packages that
 * ship TypeScript or JSX, that lie outside `node_modules` (workspaces), that are listed in
 * `transpilePackages`, or that are another thing under the conditions of the code that imports them
 * are bundled.
 */
import { existsSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, relative } from 'node:path'
import type { ImportKind, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'
import {
  externalModule,
  isOfExternalModule,
  loadExternalModules,
  requireText,
} from './external_modules.ts'
import type { InexactModules } from '../base/inexact.ts'
import { type LayerCopies, LayerMark } from './layer_copies.ts'
import type { Layer } from './layers.ts'
import { isProvided } from './next_modules.ts'
import { PackageFiles } from './package_files.ts'
import { Resolution, type Way } from './resolution.ts'

/** Options of {@link externalPackages}. */
export interface PackageOptions {
  /** Absolute real path of the project. */
  root: string
  /** What the code is compiled for, and which modules exist in more than one way. */
  copies: LayerCopies
  /** Packages that are never bundled (`serverExternalPackages`). */
  serverExternal: readonly string[]
  /** Packages that always are (`transpilePackages`). */
  transpile: readonly string[]
  /** Gets what only Next.js's compiler does. */
  inexact?: InexactModules
  /** Whether next.config leads a name elsewhere: a package that imports it must be bundled. */
  isAliased?: (specifier: string) => boolean
}

const builtins = new Set(builtinModules)
const marker = 'millrace-resolving'
/** Packages whose only point is to fail in the other kind of bundle. */
const emptyPackages = new Set(['server-only', 'client-only'])

/** An esbuild plugin. */
export function externalPackages(options: PackageOptions): Plugin {
  return {
    name: 'millrace-packages',
    setup(build) {
      const resolver = new PackageResolver(build, options)
      build.onStart(() => resolver.forget())
      loadExternalModules(build, options.root)
      build.onResolve({ filter: /^[^./]/ }, (args) => {
        if (args.pluginData === marker || args.kind === 'entry-point') return undefined
        return resolver.resolve(args)
      })
      build.onResolve({ filter: /\.node$/ }, (args) => {
        if (args.pluginData === marker || args.namespace !== 'file') return undefined
        return resolver.resolveAddon(args)
      })
      build.onLoad({ filter: /.*/, namespace: 'millrace-empty' }, () => ({
        contents: '',
        loader: 'js',
      }))
      build.onLoad({ filter: /.*/, namespace: 'millrace-addon' }, ({ path }) => ({
        contents: `module.exports = ${requireText(path, options.root)}`,
        loader: 'js',
      }))
    },
  }
}

class PackageResolver {
  readonly #build: PluginBuild
  readonly #options: PackageOptions
  readonly #resolution: Resolution
  readonly #files = new PackageFiles()

  constructor(build: PluginBuild, options: PackageOptions) {
    this.#build = build
    this.#options = options
    this.#resolution = new Resolution(options.root)
  }

  /** Before each build: packages may have been installed since. */
  forget(): void {
    if (this.#resolution.forget()) this.#files.forget()
  }

  async resolve(args: OnResolveArgs): Promise<OnResolveResult | undefined> {
    const { path: specifier, kind } = args
    if (isOfExternalModule(args.namespace)) return { path: specifier, external: true }
    const isBuiltin = specifier.startsWith('node:') || builtins.has(specifier)
    if (isBuiltin || isProvided(specifier)) {
      const isCall =
        kind === 'require-call' ||
        kind === 'require-resolve' ||
        (isBuiltin && kind === 'dynamic-import')
      if (isCall) return { path: specifier, external: true }
      return externalModule({ id: specifier, target: specifier, exported: null }, isBuiltin)
    }
    if (/^(data|file|https?):/.test(specifier)) return { path: specifier, external: true }
    if (emptyPackages.has(specifier)) return { path: specifier, namespace: 'millrace-empty' }
    if (isCompiled(specifier)) this.#noteCompiled(specifier, args.importer)
    const { copies } = this.#options
    const mark: unknown = args.pluginData
    const layer = mark instanceof LayerMark ? mark.layer : copies.main
    const place = await this.#place(specifier, args.resolveDir, wayOf(kind), layer)
    for (const other of copies.others) {
      const there = await this.#place(specifier, args.resolveDir, wayOf(kind), other)
      const here =
        layer === copies.main
          ? place
          : await this.#place(specifier, args.resolveDir, wayOf(kind), copies.main)
      if (there?.path !== here?.path || there?.external !== here?.external)
        copies.note(args.importer, other)
    }
    // Leads nowhere: esbuild says so, or leaves it to a try around require().
    if (place === null || (!place.external && !place.path.includes('/node_modules/')))
      return await this.#byAlias(args)
    if (place.external) return await this.#external(args, place.path)
    // The conditions of the main layer are esbuild's own.
    return layer === copies.main ? undefined : { path: place.path }
  }

  #noteCompiled(specifier: string, file: string): void {
    const wayOut = `Keep what routes need of this file in one that does not import ${specifier}.`
    this.#options.inexact?.note({
      file,
      line: null,
      what: `imports ${specifier}, whose calls Next.js's compiler replaces`,
      wayOut,
    })
  }

  /**
   * Where an import leads, and whether what is there stays outside of the bundle; null where it
   * leads nowhere.
   */
  async #place(
    specifier: string,
    folder: string,
    way: Way,
    layer: Layer,
  ): Promise<{ path: string; external: boolean } | null> {
    const path = this.#resolution.bundler(specifier, folder, way, layer)
    if (path === null) return null
    const name = packageName(specifier)
    const isListed = this.#options.serverExternal.includes(name)
    const inside = { path, external: false }
    if (this.#options.transpile.includes(name) || (!path.includes('/node_modules/') && !isListed))
      return inside
    const byNode = this.#resolution.node(specifier, folder, way)
    if (byNode === null) return inside
    const outside = { path: byNode, external: true }
    if (isListed) return outside
    // Another file under the conditions of the layer, or an alias.
    if (
      byNode !== path &&
      !(layer.prefersNode && isOfSamePackage(path, byNode)) &&
      !isServerDom(specifier)
    )
      return inside
    const isLoadable = await this.#files.isLoadable(byNode, layer.name, (other, from) =>
      this.#whenLoaded(other, from, layer),
    )
    return isLoadable ? outside : inside
  }

  /** A native addon of the project: loaded from where it lies. */
  async resolveAddon(args: OnResolveArgs): Promise<OnResolveResult | undefined> {
    const found = join(args.resolveDir, args.path)
    if (!args.path.startsWith('.') || !existsSync(found)) return undefined
    return { path: found, namespace: 'millrace-addon' }
  }

  /**
   * An import of code outside of the project's folder, which may mean an alias of the project:
   * esbuild looks at the nearest tsconfig.json alone.
   */
  async #byAlias({ path, kind, resolveDir }: OnResolveArgs): Promise<OnResolveResult | undefined> {
    const { root } = this.#options
    if (resolveDir === root || resolveDir.startsWith(`${root}/`)) return undefined
    const near = await this.#build.resolve(path, { kind, resolveDir, pluginData: marker })
    if (near.errors.length === 0) return near
    const far = await this.#build.resolve(path, { kind, resolveDir: root, pluginData: marker })
    return far.errors.length === 0 ? far : undefined
  }

  /** Where an import in a package leads that Node.js loads; null where it must not be Node.js. */
  #whenLoaded(specifier: string, folder: string, layer: Layer): string | true | null {
    if (isProvided(specifier) || emptyPackages.has(specifier)) return true
    if (isCompiled(specifier) || this.#options.isAliased?.(specifier)) return null
    const byNode = this.#resolution.node(specifier, folder, 'import')
    // A package that merely uses React has all of it outside of the bundle.
    if (byNode === null || /^react(?:-dom)?(?:\/|$)/.test(specifier)) return byNode
    const path = layer.prefersNode
      ? byNode
      : this.#resolution.bundler(specifier, folder, 'import', layer)
    return path === byNode ? byNode : null
  }

  async #external(
    { path: specifier, kind }: OnResolveArgs,
    path: string,
  ): Promise<OnResolveResult> {
    const { root } = this.#options
    const isReached = this.#resolution.node(specifier, root, 'require') === path
    // A call of require() is in its place already.
    if (kind === 'require-resolve' || (kind === 'require-call' && isReached))
      return { path: specifier, external: true }
    const isModule = kind !== 'require-call' && this.#files.format(path) === 'esm'
    return externalModule({
      // Its end is no extension: that of an ES module would make the lines that load it one.
      id: `${relative(root, path)} (external)`,
      target: isReached ? specifier : path,
      exported: isModule ? await this.#files.exported(path) : null,
    })
  }
}

function wayOf(kind: ImportKind): Way {
  return kind === 'require-call' || kind === 'require-resolve' ? 'require' : 'import'
}

/** "@scope/name/sub" → "@scope/name". */
function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** Modules of which only the compiler makes something: as they lie in the package, they throw. */
function isCompiled(specifier: string): boolean {
  return /^next\/font\/|^@next\/font(?:\/|$)/.test(specifier)
}

/** Whether two files of node_modules are of one package. */
function isOfSamePackage(one: string, other: string): boolean {
  const folder = (path: string): string | undefined =>
    /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(path)?.[0]
  return folder(one) !== undefined && folder(one) === folder(other)
}

/**
 * React's renderer of HTML refuses the condition `react-server`; Next.js gives handlers the one
 * without.
 */
function isServerDom(specifier: string): boolean {
  return /^react-dom\/(?:server|static)(?:\.|$)/.test(specifier)
}
