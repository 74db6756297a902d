/**
 * Measures development servers on a generated project: how soon they are ready, how long the first
 * request of a route takes, how long it takes from a save to the first response of the new code,
 * how much CPU time a save costs in all processes, and how much memory they take.
 *
 * On a shared machine the CPU time per save is the figure to trust.
 */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { cpuMicroseconds, memoryBytes } from '../compare/processes.ts'
import { printTable } from '../compare/table.ts'
import { type Contender, contenderOf } from './contenders.ts'
import {
  commonModule,
  commonText,
  fileOf,
  generate,
  routeText,
  type Size,
  urlOf,
} from './project.ts'

const usage = `usage: bench/dev/run [options]

Compares \`millrace dev\`, \`next dev\` and vinext on a generated project.

  --only NAMES     some of millrace,next,vinext (default: millrace,next)
  --routes N       routes of the project (default 500)
  --modules N      shared modules (default 200)
  --rounds N       saves of a route, and of the module that all use (default 20)
  --warm N         routes that are requested before the saves (default 20)
  --against FILE   also another build of millrace
  --json           prints JSON
`

const { values: given } = parseArgs({
  options: {
    only: { type: 'string', default: 'millrace,next' },
    routes: { type: 'string', default: '500' },
    modules: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '20' },
    warm: { type: 'string', default: '20' },
    against: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (given.help) {
  process.stdout.write(usage)
  process.exit(0)
}

const size: Size = { routes: Number(given.routes), modules: Number(given.modules) }
const rounds = Number(given.rounds)
const warm = Math.min(Number(given.warm), size.routes)
/** Milliseconds that processes get to finish what they do after a response. */
const settled = 400
/** Milliseconds until a server that does not respond is given up. */
const patience = 120_000

interface Figures {
  readonly name: string
  /** Milliseconds. */
  readonly ready: number
  readonly first: readonly number[]
  readonly route: readonly number[]
  readonly module: readonly number[]
  /** CPU time of all processes per save, in milliseconds. */
  readonly cpuOfRoute: number
  readonly cpuOfModule: number
  /** Bytes: after the first requests, and at the end. */
  readonly memory: number
  readonly memoryAtEnd: number
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

interface Answer {
  readonly version: string
  readonly common: string
}

async function get(base: string, path: string): Promise<Answer> {
  const response = await fetch(base + path)
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text.slice(0, 500)}`)
  return JSON.parse(text) as Answer
}

/** Resolves when \`fits\` holds for a response. */
async function until(base: string, path: string, fits: (answer: Answer) => boolean): Promise<void> {
  const end = performance.now() + patience
  for (;;) {
    if (fits(await get(base, path).catch(() => ({ version: '', common: '' })))) return
    if (performance.now() > end) throw new Error(`${path} has no new response`)
    await after(2)
  }
}

/** Resolves when the server accepts connections and says that it is ready. */
async function started(child: ReturnType<typeof spawn>): Promise<void> {
  let output = ''
  await new Promise<void>((done, failed) => {
    const take = (chunk: Buffer): void => {
      output += String(chunk)
      if (/ready in/i.test(output)) done()
    }
    child.stdout!.on('data', take)
    child.stderr!.on('data', take)
    child.once('exit', () => failed(new Error(`it has ended:\n${output}`)))
  })
}

async function measure({ name, directory, command, options }: Contender): Promise<Figures> {
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const began = performance.now()
  const child = spawn(command[0]!, [...command.slice(1), ...options(port)], {
    cwd: directory,
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', CI: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  try {
    await started(child)
    const ready = performance.now() - began
    const save = (path: string, text: string): void => writeFileSync(join(directory, path), text)
    const first: number[] = []
    for (let i = 0; i < warm; i++) {
      const route = Math.floor((i * size.routes) / warm)
      const start = performance.now()
      await get(base, urlOf(route))
      first.push(performance.now() - start)
    }
    await after(settled)
    const memory = memoryBytes(child.pid!)
    const saves = async (
      write: (round: number) => void,
      path: string,
      fits: (round: number) => (answer: Answer) => boolean,
    ): Promise<{ times: number[]; cpu: number }> => {
      const times: number[] = []
      let cpu = 0
      for (let round = 1; round <= rounds; round++) {
        const before = cpuMicroseconds(child.pid!)
        const start = performance.now()
        write(round)
        await until(base, path, fits(round))
        times.push(performance.now() - start)
        await after(settled)
        cpu += cpuMicroseconds(child.pid!) - before
      }
      return { times, cpu: cpu / rounds / 1000 }
    }
    const route = await saves(
      (round) => save(fileOf(0), routeText(0, `v${round}`, size)),
      urlOf(0),
      (round) => (answer) => answer.version === `v${round}`,
    )
    const module = await saves(
      (round) => save(commonModule, commonText(`c${round}`)),
      urlOf(0),
      (round) => (answer) => answer.common === `c${round}`,
    )
    return {
      name,
      ready,
      first,
      route: route.times,
      module: module.times,
      cpuOfRoute: route.cpu,
      cpuOfModule: module.cpu,
      memory,
      memoryAtEnd: memoryBytes(child.pid!),
    }
  } finally {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
    if (child.exitCode === null) await new Promise((done) => child.once('exit', done))
    clearTimeout(late)
  }
}

function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!
}

const millrace =
  process.env['MILLRACE'] ?? join(import.meta.dirname, '../../build/release/millrace')
const home = join(tmpdir(), `millrace-bench-dev-${process.getuid?.() ?? 0}`)
const prepare = (name: string): string => {
  const directory = join(home, name)
  generate(directory, size)
  return directory
}
const contenders = given.only.split(',').map((name) => contenderOf(name, millrace, prepare))
if (given.against !== undefined)
  contenders.unshift({
    ...contenderOf('before', given.against, prepare),
    name: 'before',
  })
const found: Figures[] = []
for (const contender of contenders) {
  process.stderr.write(`${contender.name} …\n`)
  found.push(await measure(contender))
}
if (given.json) {
  process.stdout.write(`${JSON.stringify(found, null, 2)}\n`)
} else {
  const ms = (value: number): string => value.toFixed(0)
  const both = (numbers: readonly number[]): string =>
    `${ms(percentile(numbers, 0.5))} / ${ms(percentile(numbers, 0.95))}`
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(0)
  printTable([
    ['', ...found.map(({ name }) => name)],
    ['ready, ms', ...found.map(({ ready }) => ms(ready))],
    ['first request of a route, p50 / p95 ms', ...found.map(({ first }) => both(first))],
    ['save of a route → new response, p50 / p95 ms', ...found.map(({ route }) => both(route))],
    ['CPU per save of a route, ms', ...found.map(({ cpuOfRoute }) => ms(cpuOfRoute))],
    ['save of a module of all routes, p50 / p95 ms', ...found.map(({ module }) => both(module))],
    ['CPU per save of that module, ms', ...found.map(({ cpuOfModule }) => ms(cpuOfModule))],
    ['memory after the first requests, MB', ...found.map(({ memory }) => mb(memory))],
    ['memory at the end, MB', ...found.map(({ memoryAtEnd }) => mb(memoryAtEnd))],
  ])
}
