/**
 * Which modules each entry of a bundle reaches, and what they weigh. Made from esbuild's metafile.
 */
import { join } from 'node:path'
import type { Metafile } from 'esbuild'

/** Of one build. */
export class ModuleGraph {
  readonly #root: string
  readonly #metafile: Metafile
  readonly #reached = new Map<string, ReadonlySet<string>>()

  /** `root`: what the metafile's paths are relative to. */
  constructor(root: string, metafile: Metafile) {
    this.#root = root
    this.#metafile = metafile
  }

  /** The inputs that `input` reaches by any kind of import, itself first. */
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

  /** Absolute paths of the files that `input` reaches, without those that are none. */
  files(input: string): string[] {
    const files = [...this.reach(input)].filter((name) => !/^(?:millrace-[\w-]+:|<)/.test(name))
    // What stands behind a file's name tells copies of it apart.
    return [...new Set(files.map((name) => join(this.#root, name.replace(/\?.*$/, ''))))]
  }

  /** For each of `inputs`, the bytes that it alone brings into `output`. */
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
