/**
 * Compares servers of a whole app on the same pages; `./run --help` lists the options.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Load, load, type LoadOptions, withServer } from '../compare/loaded_server.ts'
import { memoryBytes } from '../compare/processes.ts'
import { median, printTable } from '../compare/table.ts'
import { type Contender, prepareContenders } from './contenders.ts'
import { type Kind, kinds, requestsFor } from './requests.ts'

const help = `Usage: bench/pages/run [options]

Compares CPU time per request, latency, memory and cold start of Millrace (one worker) and
next start, for each kind of request of a whole app. Loopback, wrk with one thread. Half as long a
load precedes each load. Every figure is the median of the rounds; the rounds are interleaved.

  --seconds N      seconds of each load (default 5)
  --rounds N       repetitions of all measurements (default 3)
  --connections N  connections of wrk (default 32)
  --only A,B       only requests whose kind contains one of these
  --vinext         also vinext, which is installed from the npm registry
  --built          do not build again what the previous run has built
  --millrace PATH  the executable (default build/release/millrace)
  --json           print the medians and every measurement as JSON
`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '32' },
    only: { type: 'string', default: '' },
    vinext: { type: 'boolean', default: false },
    millrace: {
      type: 'string',
      default: join(import.meta.dirname, '../../build/release/millrace'),
    },
    built: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  process.stdout.write(help)
  process.exit(0)
}

const log = (line: string) => void process.stderr.write(`${line}\n`)
const words = values.only.split(',').filter((word) => word !== '')
const chosen = kinds.filter(
  (kind) => words.length === 0 || words.some((word) => kind.includes(word)),
)
const options = { seconds: Number(values.seconds), connections: Number(values.connections) }
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-pages-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** The results of one start of a server; memory in MB, time in milliseconds. */
interface Measurement {
  readonly coldStart: number
  readonly memory: number
  readonly loads: ReadonlyMap<Kind, Load>
}

/** What the dynamic page fetches. */
const data = createServer((_, response) => {
  response.setHeader('Content-Type', 'application/json')
  response.end('{"title":"fetched"}')
}).listen(0, '127.0.0.1')
await new Promise((done) => data.once('listening', done))
const env = { BENCH_DATA: `http://127.0.0.1:${(data.address() as AddressInfo).port}/` }

function measure(contender: Contender, { seconds, connections }: LoadOptions) {
  return withServer(
    contender,
    '/dynamic',
    async ({ origin, pid, coldStart }): Promise<Measurement> => {
      const requests = await requestsFor(origin, folder, log)
      const loads = new Map<Kind, Load>()
      for (const kind of chosen) {
        const request = requests.get(kind)
        if (request === undefined) continue
        const { target, headers, script } = request
        const more = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
        if (script !== undefined) more.push('-s', script)
        await load(pid, origin + target, more, { seconds: Math.ceil(seconds / 2), connections })
        loads.set(kind, await load(pid, origin + target, more, { seconds, connections }))
      }
      return { coldStart, memory: memoryBytes(pid) / 1e6, loads }
    },
    env,
  )
}

const contenders = prepareContenders(
  { millrace: resolve(values.millrace), vinext: values.vinext, built: values.built },
  log,
)
const measured = new Map<string, Measurement[]>(contenders.map(({ name }) => [name, []]))
for (let round = 1; round <= Number(values.rounds); round++) {
  for (const contender of contenders) {
    log(`round ${round}: ${contender.name}`)
    measured.get(contender.name)!.push(await measure(contender, options))
  }
}
data.close()

const results = [...measured].map(([name, rounds]) => ({
  name,
  coldStart: median(rounds.map((one) => one.coldStart)),
  memory: median(rounds.map((one) => one.memory)),
  loads: Object.fromEntries(
    chosen.map((kind) => {
      const of = (key: keyof Load) =>
        median(rounds.map(({ loads }) => loads.get(kind)?.[key] ?? Number.NaN))
      return [
        kind,
        {
          cpu: of('cpu'),
          requestsPerSecond: of('requestsPerSecond'),
          p50: of('p50'),
          p99: of('p99'),
        },
      ]
    }),
  ) as Record<Kind, Load>,
}))

if (values.json) {
  process.stdout.write(`${JSON.stringify({ options, results }, null, 2)}\n`)
} else {
  const [own, ...others] = results
  const shown = (value: number, digits: number) =>
    Number.isNaN(value) ? '' : value.toFixed(digits)
  const ratio = (ours: number, theirs: number) =>
    Number.isNaN(theirs) ? '' : `${(ours / theirs).toFixed(3)}×`
  printTable([
    [
      'CPU µs per request, p50 and p99 in ms',
      ...results.flatMap(({ name }) => [`${name}: CPU µs`, 'p50', 'p99']),
      ...others.map(({ name }) => `of ${name}`),
    ],
    ...chosen.map((kind) => [
      kind,
      ...results.flatMap(({ loads: { [kind]: one } }) => [
        shown(one.cpu, 1),
        shown(one.p50, 2),
        shown(one.p99, 2),
      ]),
      ...others.map((other) => ratio(own!.loads[kind].cpu, other.loads[kind].cpu)),
    ]),
  ])
  process.stdout.write('\n')
  printTable([
    ['', ...results.map(({ name }) => name)],
    ['memory after the load, MB', ...results.map(({ memory }) => memory.toFixed(0))],
    ['to the first dynamic page, ms', ...results.map(({ coldStart }) => coldStart.toFixed(0))],
  ])
}
