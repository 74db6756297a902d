/**
 * What the worker's JavaScript alone costs for `GET /api/hello`: the frames are handed to the reader
 * and the answers dropped, without a socket, in batches of 64 as a busy server sends them.
 *
 *   node bench/runtime/in_process.ts [pages|app]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'

import { Kind } from '../../protocol/generated/frames.ts'
import { dispatch } from '../../runtime/node/src/dispatch.ts'
import { FrameReader } from '../../runtime/node/src/frame_reader.ts'
import { FrameWriter } from '../../runtime/node/src/frame_writer.ts'
import { registerNextModules } from '../../runtime/node/src/modules.ts'
import { Worker } from '../../runtime/node/src/worker_core.ts'
import { encodeFrame, encodeInvoke } from '../../runtime/node/test/support.ts'

const kind = process.argv[2] ?? 'pages'
const source =
  kind === 'app'
    ? 'export function GET() { return Response.json({ hello: "world" }) }'
    : 'export default function handler(req, res) { res.status(200).json({ hello: "world" }) }'
const root = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
mkdirSync(join(root, 'routes'))
writeFileSync(join(root, 'routes/hello.mjs'), source)
const methods = kind === 'app' ? ['GET'] : null
const route = { path: '/api/hello', kind, file: 'hello.js', parameters: [], module: 'routes/hello.mjs', methods }
const manifest = join(root, 'manifest.json')
writeFileSync(manifest, JSON.stringify({ version: 1, config: {}, routes: [route] }))

let sent = 0
const writer = new FrameWriter((bytes, done) => {
  sent += bytes.length
  done()
})
registerNextModules(new URL('../../runtime/node/src/next/', import.meta.url), '.ts')
const worker = new Worker(dispatch, { loaded: () => undefined }, () => ({ writer, whenSent: (callback) => callback(), flushSync: () => undefined }))
const reader = new FrameReader(worker)

function feed(bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) {
    const count = bytes.copy(reader.space(), 0, at)
    if (!reader.advance(count)) throw new Error('protocol error')
    at += count
  }
}

const headers = [
  ['Host', '127.0.0.1:3000'],
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'],
  ['Accept', 'application/json, text/plain, */*'],
  ['Accept-Encoding', 'gzip, deflate, br'],
  ['Connection', 'keep-alive'],
] as const
const one = encodeInvoke(0, { url: '/api/hello', headers })
const batch = 64
const frames = Buffer.concat(Array.from({ length: batch }, () => one))
let stream = 0

function nextBatch(): Buffer {
  for (let i = 0; i < batch; ++i) frames.writeUInt32LE(++stream, i * one.length + 8)
  return frames
}

feed(encodeFrame(Kind.load, 0, JSON.stringify({ generation: 1, manifest, root, mode: 'production' })))
feed(nextBatch())
while (sent < 5000) await turn()

const rounds = 4000
const results: number[] = []
for (let sample = 0; sample < 7; ++sample) {
  const before = process.cpuUsage()
  for (let i = 0; i < rounds; ++i) {
    feed(nextBatch())
    await turn()
  }
  const { user, system } = process.cpuUsage(before)
  results.push((user + system) / (rounds * batch))
}
console.log(`${kind}: ${results.map((value) => value.toFixed(2)).join(' ')} µs CPU per request`)
rmSync(root, { recursive: true })
