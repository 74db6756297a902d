/**
 * Finds the file that a package's name leads to, as Node.js does and as a bundler for a layer does. It is webpack's resolver
 * (enhanced-resolve), called in this process: to ask esbuild costs a round trip a question.
 */
import fs, { existsSync } from 'node:fs'
import { join } from 'node:path'
import resolve, { type Resolver } from 'enhanced-resolve'
import { type Layer, nodeConditions } from './layers.ts'

/** How a module is asked for: `exports` have conditions for both. */
export type Way = 'import' | 'require'

/** Milliseconds: a build never takes as long, and {@link Resolution.forget} is called before each. */
const kept = 600_000
/** In the order in which esbuild tries them in packages. */
const bundlerExtensions = ['.js', '.jsx', '.ts', '.tsx', '.mjs', '.json', '.css']

/** For one project. */
export class Resolution {
  readonly #root: string
  readonly #files = new resolve.CachedInputFileSystem(fs, kept)
  readonly #resolvers = new Map<string, Resolver>()
  readonly #known = new Map<string, string | null>()

  /** `root`: absolute real path of the project. */
  constructor(root: string) {
    this.#root = root
  }

  /** Before each build: packages may have been installed since, and files come and gone. */
  forget(): void {
    this.#files.purge()
    this.#resolvers.clear()
    this.#known.clear()
  }

  /** The real path of the file that Node.js loads for `specifier` from a folder; null where it finds none. */
  node(specifier: string, folder: string, way: Way): string | null {
    return this.#resolve(`node ${way}`, specifier, folder, () => ({
      conditionNames: [way, 'node', ...nodeConditions],
      extensions: ['.js', '.json', '.node'],
      mainFields: ['main'],
    }))
  }

  /** The same for a bundler that makes `layer`; the project's own aliases, those of its tsconfig.json (or jsconfig.json), stand before packages. */
  bundler(specifier: string, folder: string, way: Way, layer: Layer): string | null {
    return this.#resolve(`${layer.name} ${way}`, specifier, folder, () => {
      const configFile = ['tsconfig.json', 'jsconfig.json'].map((name) => join(this.#root, name)).find((path) => existsSync(path))
      return {
        conditionNames: [way, 'node', ...nodeConditions, ...layer.conditions],
        extensions: bundlerExtensions,
        mainFields: [...layer.mainFields],
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
        resolver = resolve.ResolverFactory.createResolver({ fileSystem: this.#files, useSyncFileSystemCalls: true, ...options() })
        this.#resolvers.set(name, resolver)
      }
      try {
        path = resolver.resolveSync({}, folder, specifier) || null
      } catch {
        path = null
      }
      // A suffix asks for the file in another way.
      if (path !== null) path = path.replace(/\?.*$/, '')
      this.#known.set(key, path)
    }
    return path
  }
}
