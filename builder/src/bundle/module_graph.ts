/**
 * Computes from esbuild's metafile which modules each entry of a bundle reaches, and their size.
 */
import { join } from 'node:path'
import type { Metafile } from 'esbuild'

/** The modules of one build. */
export class ModuleGraph {
  readonly #root: string
  readonly #metafile: Metafile
  readonly #reached = new Map<string, ReadonlySet<string>>()

  /** @param root the folder to which the metafile's paths are relative. */
  constructor(root: string, metafile: Metafile) {
    this.#root = root
    this.#metafile = metafile
  }

  /** Returns the inputs that `input` reaches through any kind of import, itself first. */
  reach(input: string): ReadonlySet<string> {
    let reached = this.#reached.get(input)
    if (reached === undefined) {
      const found = new Set([input])
      for (const name of found) {
        for (const { path, external } of this.#metafile.inputs[name]?.imports ?? [])
          if (!external) found.add(path)
      }
      this.#reached.set(input, (reached = found))
    }
    return reached
  }

  /** Returns the absolute paths of the files that `input` reaches; virtual modules are left out. */
  files(input: string): string[] {
    const files = [...this.reach(input)].filter((name) => !/^(?:millrace-[\w-]+:|<)/.test(name))
    // A query after a file's name marks its layer copies.
    return [...new Set(files.map((name) => join(this.#root, name.replace(/\?.*$/, ''))))]
  }

  /** Returns, for each of `inputs`, the number of bytes that only it adds to `output`. */
  sizes(inputs: readonly string[], output: string): number[] {
    const users = new Map<string, number>()
    for (const input of inputs)
      for (const name of this.reach(input)) users.set(name, (users.get(name) ?? 0) + 1)
    const weights = this.#metafile.outputs[output]?.inputs ?? {}
    return inputs.map((input) => {
      let sum = 0
      for (const name of this.reach(input))
        if (users.get(name) === 1) sum += weights[name]?.bytesInOutput ?? 0
      return sum
    })
  }
}
