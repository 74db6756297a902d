/**
 * Stores compiled files by the hash of everything they were made from, for all projects of the
 * user: a build with unchanged inputs does not run the compiler.
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

/** Files that were not used for this long are removed. */
const keptMilliseconds = 30 * 24 * 60 * 60 * 1000

/** Returns the user's cache folder. */
export function storeFolder(): string {
  const { MILLRACE_CACHE_DIR, XDG_CACHE_HOME } = process.env
  return (
    MILLRACE_CACHE_DIR ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'millrace', 'native')
  )
}

/** Returns a hash of texts that depends on their boundaries. */
export function hashOf(...texts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}:`).update(text)
  return hash.digest('hex').slice(0, 32)
}

/** Returns the hash of a file's bytes; an empty string if the file does not exist. */
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

  /** Returns the path of the file of that name, which need not exist. */
  path(name: string): string {
    return join(this.folder, name)
  }

  /** Whether the file exists; if so, it counts as used now. */
  async has(name: string): Promise<boolean> {
    if (!existsSync(this.path(name))) return false
    const now = new Date()
    await utimes(this.path(name), now, now).catch(() => undefined)
    return true
  }

  /** Returns the file's text; undefined if it does not exist. */
  async read(name: string): Promise<string | undefined> {
    return (await this.has(name))
      ? await readFile(this.path(name), 'utf8').catch(() => undefined)
      : undefined
  }

  /** Returns a path to create a file at that is then passed to {@link keep}. */
  async draft(): Promise<string> {
    await mkdir(this.folder, { recursive: true })
    return this.path(`draft-${randomUUID()}`)
  }

  /** Moves a draft to its name, atomically. */
  async keep(draft: string, name: string): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true })
    await rename(draft, this.path(name))
  }

  async write(name: string, text: string): Promise<void> {
    const draft = await this.draft()
    await writeFile(draft, text)
    await this.keep(draft, name)
  }

  /** Links or copies the file of that name to `path`. */
  async place(name: string, path: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true })
    await rm(path, { force: true })
    await link(this.path(name), path).catch(() => copyFile(this.path(name), path))
  }

  /** Removes files that have not been used for a long time. */
  async prune(now = Date.now()): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      const path = this.path(name)
      const info = await stat(path).catch(() => undefined)
      if (info !== undefined && now - info.mtimeMs > keptMilliseconds)
        await rm(path, { recursive: true, force: true })
    }
  }
}
