import { join } from 'node:path'
import type { BuildContext, BuildFailure, Message } from 'esbuild'
import { formatted, plainName } from '../base/messages.ts'
import { mayCompileElsewhere } from './needs.ts'
import type { BuildRequest } from './types.ts'

/**
 * Limit on rebuilds that bisect the entries to find which one causes an error that names no file.
 */
const maximumTries = 100

/**
 * Tracks files that cannot be compiled. In the bundle they throw their messages, so that the other
 * files are still compiled and their errors are found too.
 */
export class BrokenFiles {
  /** Messages by absolute path. */
  readonly messages = new Map<string, string>()
  /** Messages of files that Next.js's bundler may compile, by absolute path. */
  readonly elsewhere = new Map<string, string>()

  /** Called before a build. */
  clear(): void {
    this.messages.clear()
    this.elsewhere.clear()
  }

  /** Returns the messages of files that neither bundler can compile. */
  failures(): string[] {
    return [...this.messages].flatMap(([path, message]) =>
      this.elsewhere.has(path) ? [] : message,
    )
  }

  /**
   * Marks the files in which `errors` occur as broken. Returns false if no further file was marked.
   */
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
   * Handles errors that name no file of the project, in development: marks the entries that cause
   * them as broken, so that the others are still built. Returns false if no further entry was
   * marked.
   */
  async isolate(
    request: BuildRequest,
    files: readonly string[],
    bundler: BuildContext | undefined,
  ): Promise<boolean> {
    if (request.mode !== 'development' || bundler === undefined) return false
    const paths = files.map((file) => join(request.root, file))
    const working = paths.filter((path) => !this.messages.has(path))
    let tries = 0
    /** The errors of a build in which only these entries are included. */
    const errorsOf = async (some: readonly string[]): Promise<readonly Message[]> => {
      const others = working.filter((path) => !some.includes(path))
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
    await search(working)
    if (tries > maximumTries) return false
    for (const [path, messages] of found) await this.#mark(request, path, messages)
    return found.size > 0
  }
}
