/**
 * Turns the bundler's description of a build (esbuild's metafile) into the project's modules, their
 * imports, and the entries that reach them.
 */
import { builtinModules } from 'node:module'
import { extname, join } from 'node:path'
import type { Metafile } from 'esbuild'
import { plainName } from '../base/messages.ts'
import type { Target } from './project.ts'

const builtins = new Set(builtinModules)
const sources = new Set(['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs'])

/** The modules of a build. Paths of files are absolute. */
export class ModuleGraph {
  readonly #root: string
  readonly #metafile: Metafile
  readonly #reach: ReadonlyMap<string, ReadonlySet<string>>

  /** @param reach the files that each entry reaches. */
  constructor(root: string, metafile: Metafile, reach: ReadonlyMap<string, ReadonlySet<string>>) {
    this.#root = root
    this.#metafile = metafile
    this.#reach = reach
  }

  /**
   * Returns the project's own modules with code in an output, by file, with their imports by
   * specifier.
   */
  modules(): Map<string, Map<string, Target>> {
    const used = new Set(
      Object.values(this.#metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs)),
    )
    const own = [...used].filter(
      (name) => this.#isOwn(name) && sources.has(extname(plainName(name))),
    )
    return new Map(own.map((name) => [this.#absolute(name), this.#imports(name)]))
  }

  /** Returns the entries that reach a module. */
  entriesWith(file: string): string[] {
    return [...this.#reach].flatMap(([entry, files]) => (files.has(file) ? entry : []))
  }

  #imports(name: string): Map<string, Target> {
    const found = new Map<string, Target>()
    for (const { path, original, external } of this.#metafile.inputs[name]?.imports ?? []) {
      const specifier = original ?? (external === true ? path : this.#withoutNamespace(path))
      const target = this.#target(path, specifier, external === true)
      found.set(specifier, target)
    }
    return found
  }

  #target(path: string, specifier: string, external: boolean): Target {
    if (specifier.startsWith('node:') || builtins.has(specifier))
      return { to: 'node', module: specifier }
    if (external || !this.#isOwn(path)) return { to: 'package', specifier }
    return {
      to: sources.has(extname(plainName(path))) ? 'module' : 'data',
      file: this.#absolute(path),
    }
  }

  #isOwn(name: string): boolean {
    return !name.includes('node_modules/') && !/^[\w-]+:/.test(name)
  }

  #absolute(name: string): string {
    return join(this.#root, plainName(name))
  }

  #withoutNamespace(name: string): string {
    return name.replace(/^[\w-]+:/, '')
  }
}
