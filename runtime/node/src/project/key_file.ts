/**
 * Keeps a secret of a project in a file that only its owner can read. The process that needs it
 * first makes the file; all others read it.
 */
import { dirname } from 'node:path'

import { fs } from '../base/builtins.ts'

/**
 * Returns the content of the file, which is created with the result of `create` if it does not
 * exist. The file appears complete: of several processes that create it at once, all return the
 * content of the same one.
 * @throws Error if the file can be neither read nor created.
 */
export function readOrCreateKey(path: string, create: () => Buffer): Buffer {
  const known = contentOf(path)
  if (known !== null) return known
  fs.mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}-${process.hrtime.bigint()}`
  try {
    fs.writeFileSync(draft, create(), { flag: 'wx', mode: 0o600 })
    link(draft, path)
  } finally {
    fs.rmSync(draft, { force: true })
  }
  return fs.readFileSync(path)
}

function contentOf(path: string): Buffer | null {
  try {
    return fs.readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Gives the draft its name, unless another process was first. */
function link(draft: string, path: string): void {
  if (isSettled(() => fs.linkSync(draft, path), 'EPERM', 'ENOTSUP', 'ENOSYS')) return
  // The file system has no hard links.
  isSettled(() => fs.copyFileSync(draft, path, fs.constants.COPYFILE_EXCL))
}

/** Returns false if `make` fails with one of the codes, true otherwise. */
function isSettled(make: () => void, ...codes: readonly string[]): boolean {
  try {
    make()
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (codes.includes(code)) return false
    if (code !== 'EEXIST') throw error
  }
  return true
}
