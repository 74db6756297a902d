/**
 * A PostgreSQL server of one test's own: a new cluster in a temporary folder, reached by a socket
 * in it.
 */

import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from './project.ts'

/** Where Debian keeps the programs of PostgreSQL's versions, the newest last. */
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
  /** For libpq: `postgresql://…`. */
  readonly url: string
  /** Runs statements and returns their rows' text, a line each. */
  query(statements: string): string
  stop(): void
}

/** Starts a server; no port is opened. */
export function startPostgres(): Postgres {
  const folder = temporaryDirectory()
  const bin = programs()
  // It refuses to run as root; Debian's package has made it a user.
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
  // Its output goes to a file: a pipe of ours would stay open as long as it runs.
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
