/**
 * Compares Millrace with its peers on the same handlers; `./run --help` lists the options.
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { prepareContenders } from './contenders.ts'
import { median, printTable } from './table.ts'
import type { Load } from './loaded_server.ts'
import { measure, type Measurement } from './measure.ts'

const help = `Usage: bench/compare/run [options]

Compares CPU time per request, throughput, latency, memory and cold start of Millrace (one worker),
next start, node:http, fastify and Bun.serve. Loopback, wrk with one thread. Every figure is the
median of the rounds; the rounds are interleaved, so that disturbances affect all of them.

  --seconds N      seconds of each load (default 5)
  --rounds N       repetitions of all measurements (default 3)
  --connections N  connections of wrk (default 64)
  --only A,B       only those whose name starts with one of these: ${'millrace, engine next, bun, node:http, fastify, next'}
  --millrace PATH  the executable (default build/release/millrace)
  --against PATH   another millrace executable, measured in the same rounds: for example an older build
  --settings PATH  a millrace.toml, with which the executable is measured once more in the same rounds: for
                   example the cost of traces
  --json           print the medians and every measurement as JSON
`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '64' },
    only: { type: 'string', default: '' },
    millrace: {
      type: 'string',
      default: join(import.meta.dirname, '../../build/release/millrace'),
    },
    against: { type: 'string' },
    settings: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  process.stdout.write(help)
  process.exit(0)
}

const log = (line: string) => void process.stderr.write(`${line}\n`)
const only = values.only.split(',').filter((word) => word !== '')
const options = { seconds: Number(values.seconds), connections: Number(values.connections) }

const executables = {
  millrace: resolve(values.millrace),
  against: values.against === undefined ? null : resolve(values.against),
  settings: values.settings === undefined ? null : resolve(values.settings),
}
const contenders = prepareContenders(executables, only, log)
const measured = new Map<string, Measurement[]>(contenders.map((contender) => [contender.name, []]))
for (let round = 1; round <= Number(values.rounds); round++) {
  for (const contender of contenders) {
    log(`round ${round}: ${contender.name}`)
    measured.get(contender.name)!.push(await measure(contender, options))
  }
}

function medianLoad(loads: readonly Load[]): Load {
  const of = (key: keyof Load) => median(loads.map((one) => one[key]))
  return {
    cpu: of('cpu'),
    requestsPerSecond: of('requestsPerSecond'),
    p50: of('p50'),
    p99: of('p99'),
  }
}

const results = [...measured].map(([name, rounds]) => ({
  name,
  hello: medianLoad(rounds.map((one) => one.hello)),
  order: medianLoad(rounds.map((one) => one.order!)),
  idleMemory: median(rounds.map((one) => one.idleMemory)),
  loadedMemory: median(rounds.map((one) => one.loadedMemory)),
  coldStart: median(rounds.map((one) => one.coldStart)),
  rounds,
}))

if (values.json) {
  process.stdout.write(
    JSON.stringify({ options: { ...options, rounds: Number(values.rounds) }, results }, null, 2) +
      '\n',
  )
} else {
  const cells = (one: Load) => [
    one.cpu.toFixed(1),
    Math.round(one.requestsPerSecond).toLocaleString('en'),
    one.p50.toFixed(2),
    one.p99.toFixed(2),
  ]
  const rows = [
    [
      '',
      'hello: CPU µs',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'POST 1 KB: CPU µs',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'MB idle',
      'MB loaded',
      'cold start ms',
    ],
    ...results.map((one) => [
      one.name,
      ...cells(one.hello),
      ...cells(one.order),
      one.idleMemory.toFixed(0),
      one.loadedMemory.toFixed(0),
      one.coldStart.toFixed(0),
    ]),
  ]
  printTable(rows)
}
