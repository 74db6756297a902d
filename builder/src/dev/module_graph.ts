/**
 * Knows which modules of a development server import which, over all routes that have been
 * compiled, and so which routes a changed file affects.
 */
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import { withoutAttributes } from './compile_modules.ts'

/** The modules of one project, by their names in esbuild's metafiles. */
export class DevGraph {
  readonly #root: string
  readonly #imports = new Map<string, readonly string[]>()
  readonly #inputs = new Map<string, Metafile['inputs'][string]>()

  /** @param root absolute real path of the project. */
  constructor(root: string) {
    this.#root = root
  }

  clear(): void {
    this.#imports.clear()
    this.#inputs.clear()
  }

  /** Records the modules of a build; what an earlier build has recorded of them is replaced. */
  add({ inputs }: Metafile): void {
    for (const [name, input] of Object.entries(inputs)) {
      this.#inputs.set(name, input)
      this.#imports.set(
        name,
        input.imports.flatMap(({ path, external }) => (external ? [] : path)),
      )
    }
  }

  /** Returns what the latest build that contained a module says of it. */
  input(name: string): Metafile['inputs'][string] | undefined {
    return this.#inputs.get(name)
  }

  /** Returns the names of the modules that are made from a file, given its absolute path. */
  namesOf(path: string): string[] {
    return [...this.#imports.keys()].filter((name) => this.#fileOf(name) === path)
  }

  /** Returns the modules from which one of `names` is reached, themselves included. */
  importers(names: Iterable<string>): Set<string> {
    const importers = new Map<string, string[]>()
    for (const [name, imports] of this.#imports)
      for (const imported of imports) {
        const list = importers.get(imported)
        if (list === undefined) importers.set(imported, [name])
        else list.push(name)
      }
    const found = new Set(names)
    for (const name of found) for (const importer of importers.get(name) ?? []) found.add(importer)
    return found
  }

  /** Returns the modules that `names` reach, themselves included. */
  reach(names: Iterable<string>): Set<string> {
    const found = new Set(names)
    for (const name of found)
      for (const imported of this.#imports.get(name) ?? []) found.add(imported)
    return found
  }

  /** Forgets all other modules. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#imports.keys()) {
      if (names.has(name)) continue
      this.#imports.delete(name)
      this.#inputs.delete(name)
    }
  }

  /** Returns the absolute path of the file that a module is made from, also of a virtual module. */
  #fileOf(name: string): string {
    const path = withoutAttributes(name)
      .replace(/^[\w-]+:/, '')
      .replace(/\?[^/]*$/, '')
    return path.startsWith('/') ? path : join(this.#root, path)
  }
}

/** Returns the modules that esbuild has made asynchronous in the text of a bundle. */
export function asyncModules(text: string): ReadonlySet<string> {
  return new Set(
    [...text.matchAll(/^ {2}async ("(?:[^"\\]|\\.)*")\(/gm)].map(
      ([, name]) => JSON.parse(name!) as string,
    ),
  )
}
