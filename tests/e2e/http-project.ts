/**
 * Creates the routes that the tests of HTTP call; their handlers let a test observe and control
 * them.
 */
import { project } from './support/index.ts'

const state = `const state = (globalThis.httpTests ??= { aborted: {}, produced: {}, stalled: {}, taken: {}, release: {} })`

/** Creates the project; it must be built before it is served. */
export function httpProject(): string {
  return project({
    files: {
      'package.json': '{ "name": "http", "private": true }',
      'pages/api/hello.js': `export default (req, res) => res.json({ hello: req.query.n ?? 'world' })`,
      'pages/api/slow.js': `export default async (req, res) => {
        for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
        res.json({ slow: req.query.n })
      }`,
      'pages/api/echo.js': `
        export const config = { api: { bodyParser: false } }
        export default async (req, res) => {
          const chunks = []
          for await (const chunk of req) chunks.push(chunk)
          res.setHeader('X-Trailers', JSON.stringify(req.trailers ?? {}))
          res.send(Buffer.concat(chunks).toString('latin1'))
        }`,
      'pages/api/hash.js': `
        import { createHash } from 'node:crypto'
        export const config = { api: { bodyParser: false } }
        export default async (req, res) => {
          const hash = createHash('sha256')
          let length = 0
          for await (const chunk of req) { hash.update(chunk); length += chunk.length }
          res.json({ length, hash: hash.digest('hex') })
        }`,
      'pages/api/parsed.js': `export default (req, res) => res.json({ body: req.body })`,
      'pages/api/headers.js': `export default (req, res) => res.json({ headers: req.headers, raw: req.rawHeaders, version: req.httpVersion, method: req.method, remote: req.socket.remoteAddress })`,
      // Responds to each chunk as it arrives, so that a test can alternate with it.
      'pages/api/turns.js': `
        export const config = { api: { bodyParser: false } }
        export default async (req, res) => {
          res.setHeader('Content-Type', 'text/plain')
          for await (const chunk of req) res.write('[' + chunk.toString('latin1') + ']')
          res.end('end')
        }`,
      'pages/api/early.js': `
        export const config = { api: { bodyParser: false } }
        export default (req, res) => res.status(403).send('not now')`,
      // Hangs until the client closes the connection, which /api/state reports.
      'pages/api/hang.js': `${state}
        export default (req, res) => {
          res.on('close', () => { state.aborted[req.query.id] = { finished: res.writableFinished } })
          res.write('started')
        }`,
      'app/api/hang-app/route.js': `${state}
        export async function GET(request) {
          const id = request.nextUrl.searchParams.get('id')
          const body = new ReadableStream({ start(controller) {
            controller.enqueue(new TextEncoder().encode('started'))
            request.signal.addEventListener('abort', () => { state.aborted[id] = { reason: request.signal.reason?.name } })
          } })
          return new Response(body)
        }`,
      'pages/api/state.js': `${state}
        export default (req, res) => {
          if (req.query.release) state.release[req.query.release]?.()
          res.json(state)
        }`,
      // Produces a body of `mb` megabytes, respects backpressure, and counts.
      'pages/api/produce.js': `${state}
        export default async (req, res) => {
          const { id, mb } = req.query
          const block = Buffer.alloc(65536, 'm')
          state.produced[id] = 0
          for (let left = Number(mb) * 16; left > 0; left--) {
            state.produced[id] += block.length
            if (!res.write(block)) {
              state.stalled[id] = (state.stalled[id] ?? 0) + 1
              await new Promise((resolve) => res.once('drain', resolve))
            }
          }
          res.end()
        }`,
      'app/api/produce-app/route.js': `${state}
        export function GET(request) {
          const { searchParams } = request.nextUrl
          const id = searchParams.get('id')
          let left = Number(searchParams.get('mb')) * 16
          state.produced[id] = 0
          const block = new Uint8Array(65536).fill(109)
          return new Response(new ReadableStream({ pull(controller) {
            if (left-- === 0) return controller.close()
            state.produced[id] += block.length
            controller.enqueue(block.slice())
          } }))
        }`,
      // Does not read its body until the test allows it.
      'pages/api/hold.js': `${state}
        export const config = { api: { bodyParser: false } }
        export default async (req, res) => {
          const { id } = req.query
          state.taken[id] = 0
          await new Promise((resolve) => { state.release[id] = resolve })
          try {
            for await (const chunk of req) state.taken[id] += chunk.length
          } catch (error) {
            state.aborted[id] = { reason: error.code }
          }
          res.json({ taken: state.taken[id] })
        }`,
      'app/api/upload/route.js': `
        import { createHash } from 'node:crypto'
        export async function POST(request) {
          const bytes = Buffer.from(await request.arrayBuffer())
          return new Response(bytes, { headers: { 'x-hash': createHash('sha256').update(bytes).digest('hex') } })
        }`,
      'app/api/methods/route.js': `export const GET = () => new Response('got'); export const DELETE = () => new Response(null, { status: 204 })`,
    },
  })
}
