/** The bundler's account of a build (esbuild's metafile) as the project's modules, what they import, and who has them. */
import { builtinModules } from 'node:module'
import { extname, join } from 'node:path'
import type { Metafile } from 'esbuild'
import type { Target } from './project.ts'

const builtins = new Set(builtinModules)
const sources = new Set(['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs'])

/** A build's modules. Files are absolute. */
export class ModuleGraph {
  readonly #root: string
  readonly #metafile: Metafile

  constructor(root: string, metafile: Metafile) {
    this.#root = root
    this.#metafile = metafile
  }

  /** Modules of the project's own of which something is in an output, by file, with what they import by specifier. */
  modules(): Map<string, Map<string, Target>> {
    const used = new Set(Object.values(this.#metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs)))
    const own = [...used].filter((name) => this.#isOwn(name) && sources.has(extname(name)))
    return new Map(own.map((name) => [this.#absolute(name), this.#imports(name)]))
  }

  /** The entry points, by the names the build gave them, whose outputs hold something of a module. */
  entriesWith(file: string): string[] {
    const { outputs } = this.#metafile
    const importers = new Map<string, string[]>()
    for (const [name, { imports }] of Object.entries(outputs)) {
      for (const { path } of imports) importers.set(path, [...(importers.get(path) ?? []), name])
    }
    const seen = new Set<string>()
    const queue = Object.keys(outputs).filter((name) => Object.keys(outputs[name]!.inputs).some((input) => this.#absolute(input) === file))
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (seen.has(name)) continue
      seen.add(name)
      queue.push(...(importers.get(name) ?? []))
    }
    return [...seen].flatMap((name) => this.#withoutNamespace(outputs[name]!.entryPoint ?? '') || [])
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
    if (specifier.startsWith('node:') || builtins.has(specifier)) return { to: 'node', module: specifier }
    if (external || !this.#isOwn(path)) return { to: 'package', specifier }
    return { to: sources.has(extname(path)) ? 'module' : 'data', file: this.#absolute(path) }
  }

  #isOwn(name: string): boolean {
    return !name.includes('node_modules/') && !/^[\w-]+:/.test(name)
  }

  #absolute(name: string): string {
    return join(this.#root, name)
  }

  #withoutNamespace(name: string): string {
    return name.replace(/^[\w-]+:/, '')
  }
}
