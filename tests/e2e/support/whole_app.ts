/**
 * Builds the projects in `fixtures/`, apps with pages. `next build` takes long, so that all test
 * files share one build of a fixture, for as long as neither the fixture nor Millrace has changed.
 */
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { hangTimeout } from './hang_timeout.ts'
import { project } from './project.ts'
import { binary, build, repository } from './server.ts'

const env = { NEXT_TELEMETRY_DISABLED: '1' }
const dayMs = 86_400_000

/**
 * Returns the folder of a built fixture, a project as it lies in `fixtures/`. Servers of several
 * tests may run on it at once; tests must not change it.
 */
export async function builtFixture(name: string): Promise<string> {
  const source = join(repository, 'tests/e2e/fixtures', name)
  // Next.js does not accept a `node_modules` that is a link: the repository's is found from here.
  const home = join(repository, 'build/whole-app')
  const version = versionOf(source)
  const directory = join(home, `${name}-${version}`)
  mkdirSync(home, { recursive: true })
  const complete = join(home, `${name}-${version}.complete`)
  const owner = join(home, `${name}-${version}.owner`)
  for (const deadline = Date.now() + hangTimeout(600); !existsSync(complete); await pause(200)) {
    if (Date.now() > deadline) throw new Error(`another process has not built ${directory}`)
    if (!takes(owner)) continue
    rmSync(directory, { recursive: true, force: true })
    cpSync(source, directory, { recursive: true })
    try {
      await build(directory, { env })
      writeFileSync(complete, '')
    } finally {
      rmSync(owner, { force: true })
    }
  }
  for (const other of readdirSync(home)) {
    if (!other.startsWith(`${name}-`) || other.startsWith(`${name}-${version}`)) continue
    // Tests of another build of Millrace can still use a recent one.
    if (
      Date.now() - (statSync(join(home, other), { throwIfNoEntry: false })?.mtimeMs ?? Infinity) >
      dayMs
    )
      rmSync(join(home, other), { recursive: true, force: true })
  }
  return directory
}

/**
 * Returns the folder of a copy of a built fixture that a test may change, with `settings` as its
 * millrace.toml. It is removed when the process ends.
 */
export async function copyOfFixture(name: string, settings: string): Promise<string> {
  const source = await builtFixture(name)
  const directory = project({ files: {}, forNext: true })
  const caches = join(source, '.millrace/next-cache')
  cpSync(source, directory, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => path !== caches,
  })
  writeFileSync(join(directory, 'millrace.toml'), settings)
  return directory
}

/** Whether this process is the one that builds: the first, or the first after that has died. */
function takes(owner: string): boolean {
  try {
    writeFileSync(owner, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    try {
      process.kill(Number(readFileSync(owner, 'utf8')), 0)
    } catch {
      rmSync(owner, { force: true })
    }
    return false
  }
}

/** Changes with the fixture's files and with what builds and serves it. */
function versionOf(source: string): string {
  const hash = createHash('sha256')
  const share = join(binary(), '../share')
  for (const folder of [source, ...(existsSync(share) ? [share] : [])]) {
    for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
      const file = join(folder, path)
      if (statSync(file).isFile()) hash.update(path).update(readFileSync(file))
    }
  }
  return hash.digest('hex').slice(0, 16)
}
