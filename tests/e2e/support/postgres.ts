/**
 * Starts a PostgreSQL server for one test: a new cluster in a temporary folder, reached through a
 * socket in it.
 */

import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from './project.ts'

/** Returns the folder of PostgreSQL's programs as Debian installs them, of the newest version. */
function programs(): string {
  const root = '/usr/lib/postgresql'
  const version = existsSync(root)
    ? readdirSync(root)
        .sort((a, b) => Number(a) - Number(b))
        .at(-1)
    : undefined
  if (version === undefined)
    throw new Error(`${root} has no version of PostgreSQL. Run scripts/setup`)
  return join(root, version, 'bin')
}

export interface Postgres {
  /** The URL for libpq: `postgresql://…`. */
  readonly url: string
  /** Runs statements and returns their rows as text, one per line. */
  query(statements: string): string
  stop(): void
}

/** Starts a server that opens no port. */
export function startPostgres(): Postgres {
  const folder = temporaryDirectory()
  const bin = programs()
  // PostgreSQL refuses to run as root; Debian's package has created a user for it.
  const root = process.getuid!() === 0
  const as = root ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
  const run = (program: string, ...args: string[]): string => {
    const [command, ...rest] = [...as, join(bin, program), ...args]
    return execFileSync(command!, rest, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }
  const data = join(folder, 'data')
  mkdirSync(data)
  if (root) {
    const id = (flag: string): number =>
      Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
    for (const path of [folder, data]) chownSync(path, id('-u'), id('-g'))
  }
  run(
    'initdb',
    '--pgdata',
    data,
    '--username',
    'test',
    '--auth',
    'trust',
    '--no-sync',
    '--locale',
    'C.UTF-8',
  )
  const options = `-k ${folder} -c listen_addresses='' -c fsync=off`
  // The output goes to a file: a pipe would stay open as long as the server runs.
  run('pg_ctl', 'start', '--wait', '--silent', '-D', data, '-l', join(folder, 'log'), '-o', options)
  const url = `postgresql://test@/postgres?host=${encodeURIComponent(folder)}`
  return {
    url,
    query: (statements) =>
      run(
        'psql',
        '--no-psqlrc',
        '--tuples-only',
        '--no-align',
        '--set',
        'ON_ERROR_STOP=1',
        '--command',
        statements,
        url,
      ),
    stop: () => void run('pg_ctl', 'stop', '--wait', '--silent', '-D', data, '-m', 'immediate'),
  }
}
