/**
 * Decides which packages stay in `node_modules` and which are bundled. A package stays if Node.js
 * itself can load it, with everything that it imports, and resolves the files that Next.js's
 * bundler would: packages are tested that way, and it keeps builds small. Bundled are packages that
 * ship TypeScript or JSX, that are outside of `node_modules` (workspaces), that are listed in
 * `transpilePackages`, or that differ under the conditions of the code that imports them.
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
import { Resolution, type LoadKind } from './resolution.ts'

/** Options of {@link externalPackages}. */
export interface PackageOptions {
  /** Absolute real path of the project. */
  root: string
  /** The layer of the code, and the modules that differ between layers. */
  copies: LayerCopies
  /** Packages that are never bundled (`serverExternalPackages`). */
  serverExternal: readonly string[]
  /** Packages that are always bundled (`transpilePackages`). */
  transpile: readonly string[]
  /** Receives uses of what only Next.js's compiler supports. */
  inexact?: InexactModules
  /** Whether next.config has an alias for a name: a package that imports it must be bundled. */
  isAliased?: (specifier: string) => boolean
}

const builtins = new Set(builtinModules)
const marker = 'millrace-resolving'
/** Packages whose only purpose is to fail in the wrong kind of bundle. */
const emptyPackages = new Set(['server-only', 'client-only'])

/** Returns the esbuild plugin. */
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

  /** Called before each build: packages may have been installed since. */
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
    // Cannot be resolved: esbuild reports it, or leaves it to a try around require().
    if (place === null || (!place.external && !place.path.includes('/node_modules/')))
      return await this.#byAlias(args)
    if (place.external) return await this.#external(args, place.path)
    // esbuild itself applies the conditions of the main layer.
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
   * Returns the file that an import resolves to, and whether it stays outside of the bundle; null
   * if it cannot be resolved.
   */
  async #place(
    specifier: string,
    folder: string,
    way: LoadKind,
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

  /** A native addon of the project is loaded from its own place. */
  async resolveAddon(args: OnResolveArgs): Promise<OnResolveResult | undefined> {
    const found = join(args.resolveDir, args.path)
    if (!args.path.startsWith('.') || !existsSync(found)) return undefined
    return { path: found, namespace: 'millrace-addon' }
  }

  /**
   * An import by code outside of the project's folder, which may refer to an alias of the project:
   * esbuild only considers the nearest tsconfig.json.
   */
  async #byAlias({ path, kind, resolveDir }: OnResolveArgs): Promise<OnResolveResult | undefined> {
    const { root } = this.#options
    if (resolveDir === root || resolveDir.startsWith(`${root}/`)) return undefined
    const near = await this.#build.resolve(path, { kind, resolveDir, pluginData: marker })
    if (near.errors.length === 0) return near
    const far = await this.#build.resolve(path, { kind, resolveDir: root, pluginData: marker })
    return far.errors.length === 0 ? far : undefined
  }

  /**
   * Returns the file that an import in a package resolves to when Node.js loads it; null if it must
   * not be loaded by Node.js.
   */
  #whenLoaded(specifier: string, folder: string, layer: Layer): string | true | null {
    if (isProvided(specifier) || emptyPackages.has(specifier)) return true
    if (isCompiled(specifier) || this.#options.isAliased?.(specifier)) return null
    const byNode = this.#resolution.node(specifier, folder, 'import')
    // A package that merely uses React gets all of it from outside of the bundle.
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
    // A call of require() loads the module at the right time already.
    if (kind === 'require-resolve' || (kind === 'require-call' && isReached))
      return { path: specifier, external: true }
    const isModule = kind !== 'require-call' && this.#files.format(path) === 'esm'
    return externalModule({
      // Ends without an extension: that of an ES module would make the generated code one.
      id: `${relative(root, path)} (external)`,
      target: isReached ? specifier : path,
      exported: isModule ? await this.#files.exported(path) : null,
    })
  }
}

function wayOf(kind: ImportKind): LoadKind {
  return kind === 'require-call' || kind === 'require-resolve' ? 'require' : 'import'
}

/** Returns the package of a specifier, for example "@scope/name/sub" → "@scope/name". */
function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** Modules that Next.js's compiler replaces; the package's own files throw. */
function isCompiled(specifier: string): boolean {
  return /^next\/font\/|^@next\/font(?:\/|$)/.test(specifier)
}

/** Whether two files in node_modules belong to the same package. */
function isOfSamePackage(one: string, other: string): boolean {
  const folder = (path: string): string | undefined =>
    /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(path)?.[0]
  return folder(one) !== undefined && folder(one) === folder(other)
}

/**
 * React's HTML renderer fails under the condition `react-server`; Next.js resolves it for handlers
 * without that condition.
 */
function isServerDom(specifier: string): boolean {
  return /^react-dom\/(?:server|static)(?:\.|$)/.test(specifier)
}
