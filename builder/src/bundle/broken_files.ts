import { join } from 'node:path'
import type { BuildContext, BuildFailure, Message } from 'esbuild'
import { formatted, plainName } from '../base/messages.ts'
import { mayCompileElsewhere } from './needs.ts'
import type { BuildRequest } from './types.ts'

/** Rebuilds to find out whose an error is that names no file: it is found by halves. */
const maximumTries = 100

/**
 * Files that cannot be compiled: they throw what is wrong with them, so that the others go on and
 * their errors are found too.
 */
export class BrokenFiles {
  /** By absolute path: what is wrong. */
  readonly messages = new Map<string, string>()
  /** Those that Next.js's bundler may compile. */
  readonly elsewhere = new Map<string, string>()

  /** Before a build. */
  clear(): void {
    this.messages.clear()
    this.elsewhere.clear()
  }

  /** Of files that nobody can compile. */
  failures(): string[] {
    return [...this.messages].flatMap(([path, message]) =>
      this.elsewhere.has(path) ? [] : message,
    )
  }

  /** Marks the files that `errors` are in as broken; false where that leads no further. */
  async exclude(
    request: BuildRequest,
    errors: readonly Message[],
    seen: ReadonlySet<string>,
  ): Promise<boolean> {
    const byFile = new Map<string, Message[]>()
    for (const error of errors) {
      if (!error.location || !['', 'file'].includes(error.location.namespace)) return false
      const path = join(request.root, plainName(error.location.file))
      if (this.messages.has(path) || !seen.has(path)) return false
      byFile.set(path, [...(byFile.get(path) ?? []), error])
    }
    for (const [path, messages] of byFile) await this.#mark(request, path, messages)
    return byFile.size > 0
  }

  async #mark(request: BuildRequest, path: string, messages: readonly Message[]): Promise<void> {
    const text = (await formatted(messages, 'error')).join('\n\n')
    this.messages.set(path, text)
    if (mayCompileElsewhere(request, messages)) this.elsewhere.set(path, text)
  }

  /**
   * In development, of errors that name no file of the project: marks the entries that have them as
   * broken, so that the others go on. False where that leads no further.
   */
  async isolate(
    request: BuildRequest,
    files: readonly string[],
    bundler: BuildContext | undefined,
  ): Promise<boolean> {
    if (request.mode !== 'development' || bundler === undefined) return false
    const paths = files.map((file) => join(request.root, file))
    const whole = paths.filter((path) => !this.messages.has(path))
    let tries = 0
    /** What esbuild says where only these are not broken. */
    const errorsOf = async (some: readonly string[]): Promise<readonly Message[]> => {
      const others = whole.filter((path) => !some.includes(path))
      for (const path of others) this.messages.set(path, '')
      try {
        await bundler.rebuild()
        return []
      } catch (error) {
        return (error as Partial<BuildFailure>).errors ?? []
      } finally {
        for (const path of others) this.messages.delete(path)
      }
    }
    const found = new Map<string, readonly Message[]>()
    const search = async (some: readonly string[]): Promise<void> => {
      if (some.length === 0 || ++tries > maximumTries) return
      const errors = await errorsOf(some)
      if (errors.length === 0) return
      if (some.length === 1) return void found.set(some[0]!, errors)
      const middle = Math.ceil(some.length / 2)
      await search(some.slice(0, middle))
      await search(some.slice(middle))
    }
    await search(whole)
    if (tries > maximumTries) return false
    for (const [path, messages] of found) await this.#mark(request, path, messages)
    return found.size > 0
  }
}
