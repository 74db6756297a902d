/**
 * Measures what the worker's JavaScript alone costs for `GET /api/hello`, or for a POST of 1 KB of
 * JSON: frames are passed to the reader and responses dropped, without a socket, in batches of 64
 * as a busy server sends them.
 *
 *     node bench/runtime/in_process.ts [pages|app] [post]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'

import { flagEnd, frameHeadSize, Kind } from '../../protocol/generated/frames.ts'
import { dispatch } from '../../runtime/node/src/routes/dispatch.ts'
import { FrameReader } from '../../runtime/node/src/link/frame_reader.ts'
import { FrameWriter } from '../../runtime/node/src/link/frame_writer.ts'
import { manifestVersion } from '../../runtime/node/src/project/manifest.ts'
import { registerNextModules } from '../../runtime/node/src/project/modules.ts'
import { Worker } from '../../runtime/node/src/worker/worker_core.ts'
import { encodeFrame, encodeInvoke, plainConfig } from '../../runtime/node/test/support.ts'

const kind = process.argv[2] ?? 'pages'
const post = process.argv[3] === 'post'
const sources = {
  app: `export function GET() { return Response.json({ hello: 'world' }) }
    export async function POST(request) { const body = await request.json(); return Response.json({ count: body.items.length }) }`,
  pages: `export default function handler(req, res) {
    res.status(200).json(req.method === 'POST' ? { count: req.body.items.length } : { hello: 'world' }) }`,
}
const source = kind === 'app' ? sources.app : sources.pages
const root = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
mkdirSync(join(root, 'routes'))
writeFileSync(join(root, 'routes/hello.mjs'), source)
const methods = kind === 'app' ? ['GET', 'POST'] : null
const route = {
  path: '/api/hello',
  kind,
  file: 'hello.js',
  parameters: [],
  module: 'routes/hello.mjs',
  methods,
}
const manifest = join(root, 'manifest.json')
writeFileSync(
  manifest,
  JSON.stringify({ version: manifestVersion, config: plainConfig, routes: [route] }),
)

let sent = 0
const writer = new FrameWriter((bytes, done) => {
  sent += bytes.length
  done()
})
registerNextModules(new URL('../../runtime/node/src/next/', import.meta.url), '.ts')
const worker = new Worker(
  dispatch,
  { loaded: () => undefined, prepare: () => Promise.resolve() },
  () => ({
    writer,
    unsent: 0,
    whenSent: (callback) => callback(),
    flushSync: () => undefined,
    unref: () => undefined,
  }),
)
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
const json = JSON.stringify({
  items: Array.from({ length: 16 }, (_, id) => ({
    id,
    name: `item number ${id}`,
    price: id * 9.99,
  })),
})
const postHeaders = [
  ...headers,
  ['Content-Type', 'application/json'],
  ['Content-Length', String(json.length)],
] as const
const one = post
  ? Buffer.concat([
      encodeInvoke(0, { url: '/api/hello', streamed: true, headers: postHeaders }),
      encodeFrame(Kind.body, 0, json, flagEnd),
    ])
  : encodeInvoke(0, { url: '/api/hello', headers })
/** The offset of the stream's number in the second frame. */
const secondStream = one.readUInt32LE(0) + frameHeadSize + 8
const batch = post ? 32 : 64
const frames = Buffer.concat(Array.from({ length: batch }, () => one))
let stream = 0

function nextBatch(): Buffer {
  for (let i = 0; i < batch; ++i) {
    frames.writeUInt32LE(++stream, i * one.length + 8)
    if (post) frames.writeUInt32LE(stream, i * one.length + secondStream)
  }
  return frames
}

feed(
  encodeFrame(Kind.load, 0, JSON.stringify({ generation: 1, manifest, root, mode: 'production' })),
)
feed(nextBatch())
while (sent < 3000) await turn()

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
console.log(
  `${kind}${post ? ' POST' : ''}: ${results.map((value) => value.toFixed(2)).join(' ')} µs CPU per request`,
)
rmSync(root, { recursive: true })
