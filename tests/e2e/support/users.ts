/**
 * Whom servers run as in tests of what the kernel keeps them from: whoever runs the tests, and
 * where that is root, an ordinary user too.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { temporaryDirectory } from './project.ts'
import { binary } from './server.ts'

export interface User {
  /** For a test's name. */
  readonly name: string
  /** What a command line begins with to be this user's. Empty for whoever runs the tests. */
  readonly prefix: readonly string[]
  /** The executable under test, where this user can read it. */
  readonly binary: string
  /** Gives a folder and all in it to this user. */
  own(directory: string): void
}

/** Debian's `nobody`, whom no files belong to. */
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
 * The executable, or an installation of it where the repository lies in a folder that only root may
 * enter.
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
