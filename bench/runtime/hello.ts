/**
 * Measures what the node worker alone costs per request: acts as the server on the link, sends
 * batches of `GET /api/hello` and divides the worker's CPU time by their number.
 *
 *     node bench/runtime/hello.ts [--worker FILE] [--requests N] [--batch N] [--source FILE]
 *       [-- node flags…]
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Duplex } from 'node:stream'
import { parseArgs } from 'node:util'

import { frameHeadSize, Kind } from '../../protocol/generated/frames.ts'
import { manifestVersion } from '../../runtime/node/src/project/manifest.ts'
import { encodeFrame, encodeInvoke, plainConfig } from '../../runtime/node/test/support.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    worker: { type: 'string', default: 'runtime/node/src/worker.ts' },
    requests: { type: 'string', default: '500000' },
    batch: { type: 'string', default: '64' },
    kind: { type: 'string', default: 'pages' },
    source: { type: 'string' },
  },
})
const requests = Number(values.requests)
const batch = Number(values.batch)

const hello =
  values.kind === 'app'
    ? 'export function GET() { return Response.json({ hello: "world" }) }'
    : 'export default function handler(req, res) { res.status(200).json({ hello: "world" }) }'
const root = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
mkdirSync(join(root, 'routes'))
writeFileSync(join(root, 'routes/hello.mjs'), values.source ? readFileSync(values.source) : hello)
const route = {
  path: '/api/hello',
  kind: values.kind,
  file: 'hello.js',
  parameters: [],
  module: 'routes/hello.mjs',
  methods: values.kind === 'app' ? ['GET'] : null,
}
const manifest = join(root, 'manifest.json')
writeFileSync(
  manifest,
  JSON.stringify({ version: manifestVersion, config: plainConfig, routes: [route] }),
)

const began = performance.now()
const child = spawn(process.execPath, ['--no-warnings', ...positionals, resolve(values.worker)], {
  stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  env: {},
})
const link = child.stdio[3] as Duplex
const head = [
  ['Host', '127.0.0.1:3000'],
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'],
  ['Accept', 'application/json, text/plain, */*'],
  ['Accept-Encoding', 'gzip, deflate, br'],
  ['Connection', 'keep-alive'],
] as const

let stream = 0
let outstanding = 0
let completed = 0
let readyAt = 0
let helloAt = 0
let loadedAt = 0
let startCpu = 0
let startTime = 0
const warmup = Math.min(requests, 100_000)

function sendBatch(): void {
  const frames: Buffer[] = []
  for (let i = 0; i < batch; ++i)
    frames.push(encodeInvoke(++stream, { url: '/api/hello', headers: head }))
  outstanding = batch
  link.write(Buffer.concat(frames))
}

function cpuMilliseconds(): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(stat[11]) + Number(stat[12])) * 10
}

function memory(name: string): number {
  return (
    Number(
      new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1],
    ) / 1024
  )
}

function finish(): void {
  const cpu = cpuMilliseconds() - startCpu
  const wall = performance.now() - startTime
  const count = completed - warmup
  console.log(
    `${((cpu * 1000) / count).toFixed(2)} µs CPU per request (batches of ${batch}), ` +
      `${Math.round(count / wall)} k/s, hello after ${helloAt.toFixed(0)}, ready ${loadedAt.toFixed(0)}, first response ${readyAt.toFixed(0)} ms, ` +
      `RSS ${memory('VmRSS').toFixed(0)} MB, peak ${memory('VmHWM').toFixed(0)} MB`,
  )
  // Closing the link lets the worker exit by itself, so that --cpu-prof and similar flags can write
  // their files.
  link.destroy()
  rmSync(root, { recursive: true })
}

let input: Buffer = Buffer.alloc(0)
link.on('data', (bytes: Buffer) => {
  input = input.length === 0 ? bytes : Buffer.concat([input, bytes])
  let at = 0
  while (input.length - at >= frameHeadSize) {
    const end = at + frameHeadSize + input.readUInt32LE(at)
    if (input.length < end) break
    const kind = input[at + 4]
    if (kind === Kind.log || kind === Kind.abort)
      console.error(input.toString('utf8', at + 13, end))
    if (kind === Kind.hello) helloAt = performance.now() - began
    if (kind === Kind.ready) {
      loadedAt = performance.now() - began
      sendBatch()
    }
    if (kind === Kind.response) {
      ++completed
      --outstanding
      if (readyAt === 0) readyAt = performance.now() - began
    }
    at = end
  }
  input = input.subarray(at)
  if (outstanding === 0 && completed > 0) {
    if (startTime === 0 && completed >= warmup) {
      startCpu = cpuMilliseconds()
      startTime = performance.now()
    }
    if (completed >= requests + warmup) finish()
    else sendBatch()
  }
})
link.write(
  encodeFrame(Kind.load, 0, JSON.stringify({ generation: 1, manifest, root, mode: 'production' })),
)
