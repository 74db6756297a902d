/**
 * Compares routes in C++ with other servers in C++; `./run --help` lists the options.
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Load } from '../compare/loaded_server.ts'
import { measure, type Measurement } from '../compare/measure.ts'
import { median, printTable } from '../compare/table.ts'
import { prepareContenders } from './contenders.ts'
import { measureRebuilds } from './rebuild.ts'

const help = `Usage: bench/native/run [options]

Compares CPU time per request of routes in C++, inline and isolated, with a bare Asio loop, Boost.Beast,
nginx, Pistache and a route in JavaScript: a GET, and a POST of 1 KB of JSON that is parsed, checked and
written again. One thread each, loopback, wrk with one thread; medians of interleaved rounds. Then how
long a changed route takes until its first response in development.

  --seconds N      seconds of each load (default 5)
  --rounds N       repetitions of all measurements (default 3)
  --connections N  connections of wrk (default 64)
  --saves N        saves in development (default 6)
  --millrace PATH  the executable (default build/release/millrace)
`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '64' },
    saves: { type: 'string', default: '6' },
    millrace: {
      type: 'string',
      default: join(import.meta.dirname, '../../build/release/millrace'),
    },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  process.stdout.write(help)
  process.exit(0)
}

const log = (line: string): void => void process.stderr.write(`${line}\n`)
const millrace = resolve(values.millrace)
const options = { seconds: Number(values.seconds), connections: Number(values.connections) }
const contenders = prepareContenders(millrace, log)
const measured = new Map<string, Measurement[]>(contenders.map(({ name }) => [name, []]))
for (let round = 1; round <= Number(values.rounds); round++) {
  for (const contender of contenders) {
    log(`round ${round}: ${contender.name}`)
    measured.get(contender.name)!.push(await measure(contender, options))
  }
}

const of = (
  rounds: readonly Measurement[],
  load: 'hello' | 'order',
  key: keyof Load,
): number | null => {
  const loads = rounds.flatMap((one) => one[load] ?? [])
  return loads.length === 0 ? null : median(loads.map((one) => one[key]))
}
const floor = (load: 'hello' | 'order'): number => of(measured.get('bare Asio loop')!, load, 'cpu')!
const cells = (rounds: readonly Measurement[], load: 'hello' | 'order'): string[] => {
  const cpu = of(rounds, load, 'cpu')
  if (cpu === null) return ['', '', '', '']
  const perSecond = Math.round(of(rounds, load, 'requestsPerSecond')!).toLocaleString('en')
  return [
    cpu.toFixed(1),
    `${(cpu / floor(load)).toFixed(2)}×`,
    perSecond,
    of(rounds, load, 'p99')!.toFixed(2),
  ]
}
printTable([
  [
    '',
    'GET: CPU µs',
    'of the loop',
    'requests/s',
    'p99 ms',
    'POST 1 KB: CPU µs',
    'of the loop',
    'requests/s',
    'p99 ms',
    'MB loaded',
  ],
  ...[...measured].map(([name, rounds]) => [
    name,
    ...cells(rounds, 'hello'),
    ...cells(rounds, 'order'),
    median(rounds.map((one) => one.loadedMemory)).toFixed(0),
  ]),
])

const [cold, ...warm] = await measureRebuilds(millrace, Number(values.saves))
process.stdout.write(
  `\nIn development, from save to new response: ${cold!.toFixed(0)} ms for the first, ${median(warm).toFixed(0)} ms later\n`,
)
