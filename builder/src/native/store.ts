/**
 * Compiled things, kept by the hash of all that they were made of, for every project of the user: a
 * build of what was built before takes no compiler.
 */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import {
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** What nobody has used for so long is removed. */
const keptMilliseconds = 30 * 24 * 60 * 60 * 1000

/** The user's folder for what can be made again. */
export function storeFolder(): string {
  const { MILLRACE_CACHE_DIR, XDG_CACHE_HOME } = process.env
  return (
    MILLRACE_CACHE_DIR ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'millrace', 'native')
  )
}

/** A hash of texts, in which none can pass for the end of another. */
export function hashOf(...texts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}:`).update(text)
  return hash.digest('hex').slice(0, 32)
}

/** The hash of a file's bytes; empty where there is no such file. */
export async function hashOfFile(path: string): Promise<string> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
      .slice(0, 32)
  } catch {
    return ''
  }
}

/** Files by name in a folder that several processes use at once. */
export class Store {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** Where a file of that name stands, or would. */
  path(name: string): string {
    return join(this.folder, name)
  }

  /** Whether it is there; if so, it counts as used now. */
  async has(name: string): Promise<boolean> {
    if (!existsSync(this.path(name))) return false
    const now = new Date()
    await utimes(this.path(name), now, now).catch(() => undefined)
    return true
  }

  /** The file's text; undefined where it is not there. */
  async read(name: string): Promise<string | undefined> {
    return (await this.has(name))
      ? await readFile(this.path(name), 'utf8').catch(() => undefined)
      : undefined
  }

  /** A path to make a file at that is to be {@link keep kept}. */
  async draft(): Promise<string> {
    await mkdir(this.folder, { recursive: true })
    return this.path(`draft-${randomUUID()}`)
  }

  /** Gives a draft its name, whole or not at all. */
  async keep(draft: string, name: string): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true })
    await rename(draft, this.path(name))
  }

  async write(name: string, text: string): Promise<void> {
    const draft = await this.draft()
    await writeFile(draft, text)
    await this.keep(draft, name)
  }

  /** Puts the file of that name at `path` as well. */
  async place(name: string, path: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true })
    await rm(path, { force: true })
    await link(this.path(name), path).catch(() => copyFile(this.path(name), path))
  }

  /** Removes what nobody has used for long. */
  async prune(now = Date.now()): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      const path = this.path(name)
      const info = await stat(path).catch(() => undefined)
      if (info !== undefined && now - info.mtimeMs > keptMilliseconds)
        await rm(path, { recursive: true, force: true })
    }
  }
}
