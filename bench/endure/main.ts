/**
 * Runs the groups of clients one after the other and together, and reports the server's memory
 * during and after each.
 */
import { parseArgs } from 'node:util'
import { setTimeout as pause } from 'node:timers/promises'
import { load, Scale } from '../scale/server.ts'
import { deafPipeliners, slowUploaders, streamReaders, type Crowd } from './crowds.ts'
import { MemoryWatch, residentBytes } from './server_memory.ts'
import { WellBehaved } from './well_behaved.ts'

const usage = `usage: bench/endure/run [--requests N] [--crowd N] [--hold SECONDS] [--settle SECONDS]

One server; a well-behaved client sends requests all the time and must get every response. Phases, then all together:

  requests    N requests (2,000,000) over 64 connections
  streams     1,000 clients (--crowd) that read an event stream
  deaf        1,000 clients that pipeline 100 requests for 500 KB each and do not read
  uploads     1,000 uploads of 1 MB through middleware, 9 tenths at once, then a byte per second

Each crowd stays for --hold seconds (20). Prints the memory of the server's own process: its peak,
and the memory --settle seconds (10) later. Exits with 1 if the peak is 100 MB or more, if it ends more
than 20 % above the idle server, or if the well-behaved client missed a response. MILLRACE names the
executable. Needs wrk.`

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '2000000' },
    crowd: { type: 'string', default: '1000' },
    hold: { type: 'string', default: '20' },
    settle: { type: 'string', default: '10' },
    help: { type: 'boolean' },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const requests = Number(values.requests)
const count = Number(values.crowd)
const hold = Number(values.hold) * 1000
const settle = Number(values.settle) * 1000

const most = 100 * 2 ** 20
const uploadBytes = 2 ** 20

const files = {
  'app/api/pages/route.js':
    "export const GET = () => Response.json({ list: Array.from({ length: 50 }, (_, i) => 'item ' + i) })",
  'app/api/stream/route.js': `const encoder = new TextEncoder()
export const GET = () => {
  let timer
  const send = (controller) => controller.enqueue(encoder.encode('data: tick\\n\\n'))
  return new Response(
    new ReadableStream({
      start(controller) {
        send(controller)
        timer = setInterval(() => send(controller), 5000)
      },
      cancel() {
        clearInterval(timer)
      },
    }),
    { headers: { 'content-type': 'text/event-stream' } },
  )
}`,
  'app/api/upload/route.js':
    'export const POST = async (request) => Response.json({ bytes: (await request.arrayBuffer()).byteLength })',
  'proxy.js': `export default async function proxy(request) {
  await request.arrayBuffer()
}
export const config = { matcher: '/api/upload' }`,
  'public/small.txt': 'small\n',
  'public/large.bin': 'x'.repeat(500 * 1024),
}

const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1)

await using server = await Scale.start('[pools.default]\nmin = 1\nmax = 1\n', files)
// Buffers, caches and code that a server initialises once are not growth: a short load of each kind
// comes first.
await load(server.port, '/api/hello', 64, 2)
for (const begin of [streamReaders, deafPipeliners]) await (await begin(server.port, 64)).leave()
await (await slowUploaders(server.port, 16, uploadBytes)).leave()
await pause(settle)
const idle = residentBytes(server.pid)
console.log(`idle: ${megabytes(idle)} MB\n`)
console.log(
  '| phase | most MB | MB after | crowd closed by the server | requests | missed | longest wait ms |\n| --- | --: | --: | --: | --: | --: | --: |',
)

let good = true

/** Runs one phase: `crowds` connect, stay and disconnect. */
async function phase(name: string, begin: () => Promise<Crowd[]>): Promise<void> {
  const watch = new MemoryWatch(server.pid)
  const client = new WellBehaved(server.port)
  const crowds = await begin()
  if (crowds.length > 0) await pause(hold)
  const ended = crowds.reduce((sum, crowd) => sum + crowd.ended(), 0)
  for (const crowd of crowds) await crowd.leave()
  const { asked, lost, longest } = await client.stop()
  const peak = watch.stop()
  await pause(settle)
  const after = residentBytes(server.pid)
  const missed = [...lost].map(([what, times]) => `${times} × ${what}`).join(', ') || '0'
  console.log(
    `| ${name} | ${megabytes(peak)} | ${megabytes(after)} | ${ended} | ${asked} | ${missed} | ${longest.toFixed(0)} |`,
  )
  if (peak >= most || after > idle * 1.2 || lost.size > 0) good = false
}

/** Sends this many requests, in runs of a few seconds each. */
async function sendRequests(): Promise<void> {
  for (let done = 0; done < requests; ) {
    const { requests: asked, failed } = await load(server.port, '/api/hello', 64, 5)
    if (failed > 0) {
      console.log(`${failed} of ${asked} requests failed`)
      good = false
    }
    done += asked
  }
}

const crowds = {
  streams: () => streamReaders(server.port, count),
  deaf: () => deafPipeliners(server.port, count),
  uploads: () => slowUploaders(server.port, count, uploadBytes),
}
await phase('requests', async () => {
  await sendRequests()
  return []
})
for (const [name, begin] of Object.entries(crowds)) await phase(name, async () => [await begin()])
await phase('together', async () => {
  const all = await Promise.all(Object.values(crowds).map((begin) => begin()))
  await sendRequests()
  return all
})
console.log(good ? '\nok: every limit was kept' : '\nNOT ok: see the rows')
if (!good) process.exitCode = 1
