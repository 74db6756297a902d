/**
 * Resolves a package's specifier to a file, as Node.js does and as a bundler for a layer does. Uses
 * webpack's resolver (enhanced-resolve) in this process, because each query to esbuild costs a
 * round trip.
 */
import fs, { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import resolve, { type Resolver } from 'enhanced-resolve'
import { type Layer, nodeConditions } from './layers.ts'

/** How a module is loaded: `exports` have conditions for both ways. */
export type LoadKind = 'import' | 'require'

/** Milliseconds; no build takes as long, and {@link Resolution.forget} is called before each. */
const kept = 600_000
const maximumKnown = 100_000
/**
 * Files and folders that change when packages are installed or aliases are edited; in the project's
 * folder or one above.
 */
const written = [
  'package.json',
  'tsconfig.json',
  'jsconfig.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
  'node_modules',
  'node_modules/.package-lock.json',
  'node_modules/.modules.yaml',
  'node_modules/.yarn-state.yml',
]
/** In the order in which esbuild tries them in packages. */
const bundlerExtensions = ['.js', '.jsx', '.ts', '.tsx', '.mjs', '.json', '.css']

/** The resolution of one project. */
export class Resolution {
  readonly #root: string
  readonly #files = new resolve.CachedInputFileSystem(fs, kept)
  readonly #resolvers = new Map<string, Resolver>()
  /**
   * Bounded by the project's imports and by a number, because entries of earlier builds may remain.
   */
  readonly #known = new Map<string, string | null>()
  #installed = ''

  /** @param root absolute real path of the project. */
  constructor(root: string) {
    this.#root = root
  }

  /**
   * Called before each build: packages may have been installed since, and files added and removed.
   * @returns whether packages may have changed. If not, their resolutions stay cached: these are
   * most of a rebuild's queries.
   */
  forget(): boolean {
    this.#files.purge()
    const installed = versionOfPackages(this.#root)
    const changed = installed !== this.#installed
    this.#installed = installed
    if (changed) {
      this.#resolvers.clear()
      this.#known.clear()
    } else {
      for (const [key, path] of this.#known)
        if (!path?.includes('/node_modules/')) this.#known.delete(key)
    }
    return changed
  }

  /**
   * Returns the real path of the file that Node.js loads for `specifier` from a folder; null if
   * there is none.
   */
  node(specifier: string, folder: string, way: LoadKind): string | null {
    return this.#resolve(`node ${way}`, specifier, folder, () => ({
      conditionNames: [way, 'node', ...nodeConditions],
      extensions: ['.js', '.json', '.node'],
      mainFields: ['main'],
    }))
  }

  /**
   * Resolves like a bundler for `layer`; the project's own aliases in tsconfig.json (or
   * jsconfig.json) take precedence over packages.
   */
  bundler(specifier: string, folder: string, way: LoadKind, layer: Layer): string | null {
    return this.#resolve(`${layer.name} ${way}`, specifier, folder, () => {
      const configFile = ['tsconfig.json', 'jsconfig.json']
        .map((name) => join(this.#root, name))
        .find((path) => existsSync(path))
      return {
        conditionNames: [way, 'node', ...nodeConditions, ...layer.conditions],
        extensions: bundlerExtensions,
        mainFields: [...layer.mainFields],
        aliasFields: layer.mainFields.includes('browser') ? ['browser'] : [],
        ...(configFile === undefined ? {} : { tsconfig: { configFile } }),
      }
    })
  }

  #resolve(name: string, specifier: string, folder: string, options: () => object): string | null {
    const key = `${name} ${specifier} ${folder}`
    let path = this.#known.get(key)
    if (path === undefined) {
      let resolver = this.#resolvers.get(name)
      if (resolver === undefined) {
        resolver = resolve.ResolverFactory.createResolver({
          fileSystem: this.#files,
          useSyncFileSystemCalls: true,
          ...options(),
        })
        this.#resolvers.set(name, resolver)
      }
      try {
        path = resolver.resolveSync({}, folder, specifier) || null
      } catch {
        path = null
      }
      // A suffix only changes how the file is loaded.
      if (path !== null) path = path.replace(/\?.*$/, '')
      if (this.#known.size >= maximumKnown) this.#known.clear()
      this.#known.set(key, path)
    }
    return path
  }
}

/** Returns a value that changes whenever packages may have changed. */
function versionOfPackages(root: string): string {
  const parts: string[] = []
  for (let folder = root; ; folder = dirname(folder)) {
    for (const name of written) {
      const info = statSync(join(folder, name), { throwIfNoEntry: false })
      if (info !== undefined)
        parts.push(`${folder}/${name} ${info.mtimeMs} ${info.size} ${info.ino}`)
    }
    if (folder === dirname(folder)) return parts.join('\n')
  }
}
