/**
 * Finds the packages that the bundles of the engine `light` load at run time, with everything that
 * these depend on. Packages are taken whole, because what one reads at run time is not known.
 */
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, sep } from 'node:path'
import type { FileTree } from './tree.ts'

/** Outputs of `next build`, files for clients, and routes in C++ load no packages by themselves. */
const otherFolders = new Set(['next', 'static', 'compressed', 'native', 'cache'])
/** Calls that the bundler writes for modules outside of the bundle. */
const required =
  /(?:\b_*require|createRequire\(process\.cwd\(\) \+ ["']\/["']\))\(["']([^"'\\\n]+)["']\)/g

/** What the bundles of a build load. */
export interface ExternalFiles {
  /** Names of packages. */
  readonly packages: readonly string[]
  /** Paths of files and packages, relative to the project. */
  readonly files: readonly string[]
  /** Modules of Next.js: `next/link`. */
  readonly next: readonly string[]
}

/** Reads what the bundles in a build's folder load. */
export function externalsOf(outdir: string): ExternalFiles {
  const found = new Set<string>()
  for (const entry of readdirSync(outdir, { withFileTypes: true })) {
    if (!entry.isDirectory() || otherFolders.has(entry.name)) continue
    const folder = join(outdir, entry.name)
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.mjs')) continue
      for (const [, specifier] of readFileSync(join(folder, name), 'utf8').matchAll(required))
        found.add(specifier!)
    }
  }
  const all = [...found].filter((specifier) => !isBuiltin(specifier))
  const files = all.filter((specifier) => specifier.startsWith('.'))
  const named = all.filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('#'))
  const isOfNext = (specifier: string): boolean => /^next(?:\/|$)/.test(specifier)
  return {
    packages: [...new Set(named.filter((name) => !isOfNext(name)).map(packageName))],
    files,
    next: named.filter(isOfNext),
  }
}

function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** Returns the folder of the package that contains a file; null outside of `node_modules`. */
export function packageOf(file: string): string | null {
  const parts = file.split(sep)
  const at = parts.lastIndexOf('node_modules')
  if (at < 0) return null
  return parts.slice(0, at + (parts[at + 1]?.startsWith('@') ? 3 : 2)).join(sep)
}

/** Adds packages with everything that they depend on. */
export class PackageClosure {
  readonly #tree: FileTree
  /** Real paths. */
  readonly #known = new Set<string>()

  constructor(tree: FileTree) {
    this.#tree = tree
  }

  /** Adds the package that modules of a folder find by that name; does nothing if there is none. */
  addNamed(name: string, folder: string): void {
    // The traced files of Next.js are enough.
    if (name === 'next' || name.startsWith('@next/')) return
    for (let above = folder; ; above = dirname(above)) {
      const place = join(above, 'node_modules', name)
      if (existsSync(join(place, 'package.json'))) {
        this.addFolder(place)
        return
      }
      if (dirname(above) === above) return
    }
  }

  /** Adds the package in a folder, which may be a link. */
  addFolder(place: string): void {
    const folder = realpathSync(place)
    if (lstatSync(place).isSymbolicLink()) this.#tree.add(place)
    // A folder above is a link: modules still look for the package at this place.
    else if (folder !== place) this.#tree.addAt(place, folder)
    if (this.#known.has(folder)) return
    this.#known.add(folder)
    this.#tree.add(folder)
    for (const name of dependenciesOf(folder)) this.addNamed(name, folder)
  }
}

/** Names of packages that a package may load; not all need be installed. */
function dependenciesOf(folder: string): string[] {
  type Names = Readonly<Record<string, string>>
  const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Partial<Record<'dependencies' | 'optionalDependencies' | 'peerDependencies', Names>>
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
}
