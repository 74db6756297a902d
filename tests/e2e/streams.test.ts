/**
 * Tests long-running responses: they are counted separately from requests in flight, with a limit
 * of their own.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { build, project, rawRequest, run, type Server, startServer } from './support/index.ts'

const files = {
  'package.json': '{ "name": "streams", "private": true }',
  'app/route.js': `export const dynamic = 'force-dynamic'\nexport const GET = () => new Response('here')`,
  'app/events/route.js': `
let aborted = 0
export const GET = (request) => {
  request.signal.addEventListener('abort', () => ++aborted)
  const body = new ReadableStream({ start: (controller) => controller.enqueue('data: open\\n\\n') })
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
}
export const POST = () => Response.json({ aborted })`,
}

async function start(toml: string): Promise<Server & { readonly directory: string }> {
  const directory = project({ files: { ...files, 'millrace.toml': toml } })
  await build(directory)
  return {
    ...(await startServer({ command: 'start', directory, args: ['--workers', '1'] })),
    directory,
  }
}

const request = (method: string, target: string) =>
  `${method} ${target} HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n`
const statusOf = async ({ port }: Server, target: string) =>
  (await rawRequest(port, request('GET', target))).status

/** Opens an event stream; returns its socket and the status line. */
async function open({ port }: Server): Promise<[Socket, string]> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(request('GET', '/events'))
  let text = ''
  while (!text.includes('data: open') && !/^HTTP\/1.1 [^2]/.test(text))
    text += String((await once(socket, 'data'))[0])
  return [socket, text.slice(0, text.indexOf('\r\n'))]
}

const worker = async (directory: string): Promise<{ in_flight: number; streaming: number }> =>
  JSON.parse((await run(['ps', directory, '--json'])).stdout)[0].pools[0].workers[0]

describe('event streams', { timeout: 120_000 }, () => {
  test('on one worker, 1,100 of them do not block the routes of its pool', async () => {
    const server = await start('')
    const sockets: Socket[] = []
    try {
      for (let i = 0; i < 11; ++i) {
        for (const [socket, line] of await Promise.all(
          Array.from({ length: 100 }, () => open(server)),
        )) {
          assert.equal(line, 'HTTP/1.1 200 OK')
          sockets.push(socket)
        }
      }
      assert.equal(await statusOf(server, '/'), 200)
      const { in_flight, streaming } = await worker(server.directory)
      assert.deepEqual([in_flight, streaming], [1100, 1100])
    } finally {
      for (const socket of sockets) socket.destroy()
      await server.stop()
    }
  })

  test('beyond the limit get 503, and their handlers are aborted; ordinary requests are served', async () => {
    const server = await start('[pools.default]\nconcurrency = 1\nstreams = 2\n')
    const sockets: Socket[] = []
    try {
      for (const expected of [
        'HTTP/1.1 200 OK',
        'HTTP/1.1 200 OK',
        'HTTP/1.1 503 Service Unavailable',
      ]) {
        const [socket, line] = await open(server)
        sockets.push(socket)
        assert.equal(line, expected)
      }
      assert.equal(
        (await rawRequest(server.port, request('POST', '/events'))).body,
        '{"aborted":1}',
      )
      assert.equal(await statusOf(server, '/'), 200)
      assert.equal((await worker(server.directory)).streaming, 2)
      // A client that disconnects makes room.
      sockets[0]!.destroy()
      while ((await worker(server.directory)).streaming > 1);
      const [socket, line] = await open(server)
      sockets.push(socket)
      assert.equal(line, 'HTTP/1.1 200 OK')
    } finally {
      for (const socket of sockets) socket.destroy()
      await server.stop()
    }
  })
})
