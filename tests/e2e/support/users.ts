/**
 * Lists the users for tests of restrictions by the kernel: the user that runs the tests, and if
 * that is root, an ordinary user too.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { temporaryDirectory } from './project.ts'
import { binary } from './server.ts'

export interface User {
  /** For a test's name. */
  readonly name: string
  /** Prepended to a command line to run it as this user. Empty for the user that runs the tests. */
  readonly prefix: readonly string[]
  /** The executable under test, readable by this user. */
  readonly binary: string
  /** Gives a folder and its content to this user. */
  own(directory: string): void
}

/** Debian's `nobody`, who owns no files. */
const ordinary = 65534

export function users(): readonly User[] {
  const self = {
    name: process.getuid!() === 0 ? 'root' : 'an ordinary user',
    prefix: [],
    binary: binary(),
    own: () => {},
  }
  if (process.getuid!() !== 0) return [self]
  const prefix = ['setpriv', `--reuid=${ordinary}`, `--regid=${ordinary}`, '--clear-groups']
  const own = (directory: string): void =>
    void execFileSync('chown', ['-R', `${ordinary}:${ordinary}`, directory])
  return [self, { name: 'an ordinary user', prefix, binary: readableBinary(prefix), own }]
}

/**
 * Returns the executable, or an installation of it if the repository is in a folder that only root
 * can enter.
 */
function readableBinary(prefix: readonly string[]): string {
  const path = realpathSync(binary())
  const [command, ...args] = [...prefix, 'test', '-x', path]
  if (spawnSync(command!, args).status === 0) return path
  const target = temporaryDirectory()
  execFileSync('cmake', ['--install', dirname(path), '--prefix', target], { stdio: 'pipe' })
  execFileSync('chmod', ['755', target])
  return join(target, 'bin/millrace')
}
