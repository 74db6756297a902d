/**
 * Finds the file that a package's name leads to, as Node.js does and as a bundler for a layer does.
 * It is webpack's resolver (enhanced-resolve), called in this process: to ask esbuild costs a round
 * trip a question.
 */
import fs, { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import resolve, { type Resolver } from 'enhanced-resolve'
import { type Layer, nodeConditions } from './layers.ts'

/** How a module is asked for: `exports` have conditions for both. */
export type Way = 'import' | 'require'

/**
 * Milliseconds: a build never takes as long, and {@link Resolution.forget} is called before each.
 */
const kept = 600_000
const maximumKnown = 100_000
/**
 * What installing packages, or changing an alias, writes to; in the project's folder or one above.
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

/** For one project. */
export class Resolution {
  readonly #root: string
  readonly #files = new resolve.CachedInputFileSystem(fs, kept)
  readonly #resolvers = new Map<string, Resolver>()
  /** Bounded by what the project imports, and by a number: names of before may stay. */
  readonly #known = new Map<string, string | null>()
  #installed = ''

  /** `root`: absolute real path of the project. */
  constructor(root: string) {
    this.#root = root
  }

  /**
   * Before each build: packages may have been installed since, and files come and gone.
   * @returns whether packages may be others than before. If not, where they are stays known: it is
   * most of a rebuild's questions.
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
   * The real path of the file that Node.js loads for `specifier` from a folder; null where it finds
   * none.
   */
  node(specifier: string, folder: string, way: Way): string | null {
    return this.#resolve(`node ${way}`, specifier, folder, () => ({
      conditionNames: [way, 'node', ...nodeConditions],
      extensions: ['.js', '.json', '.node'],
      mainFields: ['main'],
    }))
  }

  /**
   * The same for a bundler that makes `layer`; the project's own aliases, those of its
   * tsconfig.json (or jsconfig.json), stand before packages.
   */
  bundler(specifier: string, folder: string, way: Way, layer: Layer): string | null {
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
      // A suffix asks for the file in another way.
      if (path !== null) path = path.replace(/\?.*$/, '')
      if (this.#known.size >= maximumKnown) this.#known.clear()
      this.#known.set(key, path)
    }
    return path
  }
}

/** Something else whenever packages may be. */
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
