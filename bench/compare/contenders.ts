/**
 * Defines the servers that are compared: how each is prepared and started, and the paths of its
 * handlers.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Program } from './loaded_server.ts'

const here = dirname(fileURLToPath(import.meta.url))
const repository = join(here, '../..')
const node = process.execPath

/** One row of the table. */
export interface Contender extends Program {
  readonly name: string
  /** Paths of the handlers. */
  readonly hello: string
  /** Null if it has none. */
  readonly order: string | null
}

/** The executables to measure. */
export interface Executables {
  readonly millrace: string
  /** Another build of Millrace to compare with, for example an older one; null for none. */
  readonly against: string | null
  /** A millrace.toml, with which `millrace` is measured once more; null for none. */
  readonly settings: string | null
}

/**
 * Returns everything that can be measured; `only` limits it to names that begin with one of its
 * words.
 */
export function prepareContenders(
  { millrace, against, settings }: Executables,
  only: readonly string[],
  log: (line: string) => void,
): Contender[] {
  const project = join(repository, 'build/bench-compare/project')
  // Each builds its own project: the build of one may not suit the other.
  const otherProject = join(repository, 'build/bench-compare/project-against')
  const configured = join(repository, 'build/bench-compare/project-settings')
  const byNext = join(repository, 'build/bench-compare/project-engine-next')
  const next = [node, join(repository, 'node_modules/next/dist/bin/next')]
  const nextOptions = (port: number) => ['start', '-H', '127.0.0.1', '-p', String(port)]
  const millraceOptions = (directory: string) => (port: number) => [
    'start',
    directory,
    '-H',
    '127.0.0.1',
    '-p',
    String(port),
    '--workers',
    '1',
  ]
  const pages = { hello: '/api/hello', order: '/api/order' }
  const app = { hello: '/api/route-hello', order: '/api/route-order' }
  const plain = {
    hello: '/hello',
    order: '/order',
    options: (port: number) => [String(port)],
    directory: here,
  }
  const millraces: [name: string, executable: string, directory: string][] = [
    ['millrace', millrace, project],
  ]
  if (against !== null) millraces.push(['millrace, the other', against, otherProject])
  if (settings !== null) millraces.push(['millrace, settings', millrace, configured])
  const millraceByNext = {
    command: [millrace],
    options: millraceOptions(byNext),
    directory: byNext,
  }
  const all: Contender[] = [
    ...millraces.flatMap(([name, executable, directory]) => [
      {
        name: `${name}, pages`,
        ...pages,
        command: [executable],
        options: millraceOptions(directory),
        directory,
      },
      {
        name: `${name}, app`,
        ...app,
        command: [executable],
        options: millraceOptions(directory),
        directory,
      },
    ]),
    { name: 'engine next, pages', ...pages, ...millraceByNext },
    { name: 'engine next, app', ...app, ...millraceByNext },
    {
      name: 'bun',
      ...plain,
      command: [
        join(repository, 'node_modules/@oven/bun-linux-x64/bin/bun'),
        join(here, 'servers/bun.js'),
      ],
    },
    { name: 'node:http', ...plain, command: [node, join(here, 'servers/node-http.mjs')] },
    { name: 'fastify', ...plain, command: [node, join(here, 'servers/fastify.mjs')] },
    {
      name: 'next start, pages',
      ...pages,
      command: next,
      options: nextOptions,
      directory: project,
    },
    { name: 'next start, app', ...app, command: next, options: nextOptions, directory: project },
  ]
  const chosen = all.filter(
    (contender) => only.length === 0 || only.some((word) => contender.name.startsWith(word)),
  )
  const missing = new Set(
    chosen.map((contender) => contender.command[0]!).filter((program) => !existsSync(program)),
  )
  for (const program of missing) log(`left out: ${program} does not exist`)
  const present = chosen.filter((contender) => !missing.has(contender.command[0]!))

  for (const directory of new Set(
    present.map((contender) => contender.directory).filter((directory) => directory !== here),
  )) {
    rmSync(directory, { recursive: true, force: true })
    mkdirSync(dirname(directory), { recursive: true })
    cpSync(join(here, 'project'), directory, { recursive: true })
  }
  if (settings !== null && existsSync(configured)) {
    cpSync(settings, join(configured, 'millrace.toml'))
  }
  if (existsSync(byNext)) writeFileSync(join(byNext, 'millrace.toml'), '[build]\nengine = "next"\n')
  const environment = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', CI: '1' }
  const build = (command: readonly string[], args: readonly string[]) => {
    log(`building: ${[...command, ...args].join(' ')}`)
    execFileSync(command[0]!, [...command.slice(1), ...args], {
      cwd: project,
      env: environment,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }
  if (present.some((contender) => contender.name.startsWith('next'))) build(next, ['build'])
  for (const [name, executable, directory] of [
    ...millraces,
    ['engine next', millrace, byNext] as const,
  ]) {
    if (present.some((contender) => contender.name.startsWith(name)))
      build([executable], ['build', directory])
  }
  return present
}
