/**
 * Compares what WebSockets cost: Millrace and Bun echo the messages of many clients.
 * `node bench/edge/websockets.ts --help` lists the options.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Program, withServer } from '../compare/loaded_server.ts'
import { cpuMicroseconds, memoryBytes } from '../compare/processes.ts'
import { median, printTable } from '../compare/table.ts'

const help = `Usage: node bench/edge/websockets.ts [options]

CPU time per echoed message and memory per client of Millrace (one worker, the package ws) and Bun,
with many WebSockets on loopback. In each turn every client sends a message of 32 bytes and waits
for its echo. Every figure is the median of the rounds; the rounds are interleaved. Run it with
\`ulimit -n 65536\`.

  --clients N      WebSockets (default 10000)
  --turns N        messages of each client (default 20)
  --rounds N       repetitions of all measurements (default 3)
  --millrace PATH  the executable (default build/release/millrace)
`

const repository = join(import.meta.dirname, '../..')
const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '10000' },
    turns: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    millrace: { type: 'string', default: join(repository, 'build/release/millrace') },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  process.stdout.write(help)
  process.exit(0)
}
const count = Number(values.clients)
const turns = Number(values.turns)
const millrace = resolve(values.millrace)
const folder = mkdtempSync(join(tmpdir(), 'millrace-websockets-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const project = {
  'package.json': '{ "name": "websockets", "private": true }',
  'millrace.toml': `[limits]
connections = 30000

[pools.default]
workers = 1
upgrades = 30000
`,
  'app/echo/route.js': `
    export const GET = () => new Response('ready')
    export const UPGRADE = (client) =>
      client.on('message', (data, isBinary) => client.send(data, { binary: isBinary }))`,
}
for (const [path, text] of Object.entries(project)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
execFileSync(millrace, ['build', folder], { stdio: ['ignore', 'ignore', 'inherit'] })

interface Contender extends Program {
  readonly name: string
}

const contenders: readonly Contender[] = [
  {
    name: 'millrace',
    command: [millrace],
    options: (port) => ['start', folder, '-H', '127.0.0.1', '-p', String(port)],
    directory: folder,
  },
  {
    name: 'bun',
    command: [join(repository, 'node_modules/@oven/bun-linux-x64/bin/bun')],
    options: (port) => [join(import.meta.dirname, 'servers/websocket-bun.js'), String(port)],
    directory: import.meta.dirname,
  },
]

/** A masked text frame with 32 bytes; its echo is 34 bytes long. */
const frame = Buffer.concat([Buffer.from([0x81, 0x80 | 32, 0, 0, 0, 0]), Buffer.alloc(32, 'x')])
const echoSize = 34

/** A WebSocket without a library, so that the clients cost little beside the servers. */
async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.write(
    `GET /echo HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  )
  const [head] = await once(socket, 'data')
  if (!String(head).startsWith('HTTP/1.1 101 ')) throw new Error(`no upgrade: ${head}`)
  return socket
}

async function openAll(port: number): Promise<Socket[]> {
  const clients: Socket[] = []
  while (clients.length < count) {
    const some = Array.from({ length: Math.min(200, count - clients.length) }, () => open(port))
    clients.push(...(await Promise.all(some)))
  }
  return clients
}

/** Sends a message from each client and waits for all echoes. */
function echoAll(clients: readonly Socket[]): Promise<void> {
  return new Promise((done, failed) => {
    let missing = clients.length * echoSize
    for (const client of clients) {
      client.removeAllListeners('data')
      client.once('close', () => failed(new Error('the server has closed a WebSocket')))
      client.on('data', (bytes) => {
        missing -= bytes.length
        if (missing === 0) {
          for (const one of clients) one.removeAllListeners('close')
          done()
        }
      })
    }
    for (const client of clients) client.write(frame)
  })
}

interface Result {
  readonly cpu: number
  readonly bytes: number
}

async function measure(contender: Contender): Promise<Result> {
  let result: Result | null = null
  await withServer(contender, '/echo', async ({ origin, pid }) => {
    const before = memoryBytes(pid)
    const clients = await openAll(Number(new URL(origin).port))
    await echoAll(clients)
    const began = cpuMicroseconds(pid)
    for (let turn = 0; turn < turns; ++turn) await echoAll(clients)
    result = {
      cpu: (cpuMicroseconds(pid) - began) / (count * turns),
      bytes: (memoryBytes(pid) - before) / count,
    }
    for (const client of clients) client.destroy()
  })
  return result!
}

const results = new Map<string, Result[]>(contenders.map(({ name }) => [name, []]))
for (let round = 1; round <= Number(values.rounds); ++round) {
  for (const contender of contenders) {
    process.stderr.write(`round ${round}: ${contender.name}\n`)
    results.get(contender.name)!.push(await measure(contender))
  }
}

const [own, other] = contenders.map(({ name }) => {
  const all = results.get(name)!
  return { cpu: median(all.map(({ cpu }) => cpu)), bytes: median(all.map(({ bytes }) => bytes)) }
}) as [Result, Result]
printTable([
  [`${count} WebSockets`, 'millrace', 'bun', 'ratio'],
  [
    'µs of CPU per echo',
    own.cpu.toFixed(2),
    other.cpu.toFixed(2),
    `${(own.cpu / other.cpu).toFixed(2)}×`,
  ],
  [
    'KB per client',
    (own.bytes / 1024).toFixed(1),
    (other.bytes / 1024).toFixed(1),
    `${(own.bytes / other.bytes).toFixed(2)}×`,
  ],
])
