/**
 * Tests the environment of routes: the port, the debugger, memory state, the project's own ports,
 * signal listeners, large heads.
 */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { build, freePort, project, rawRequest, run, startServer } from './support/index.ts'

test('in dev the process that runs routes has the debugger and knows the port, on IPv4 and IPv6', async () => {
  const directory = project({
    files: {
      '.env': 'PORT=4999\n',
      'pages/api/whoami.js': `
        import inspector from 'node:inspector'
        export default (req, res) => res.json([process.env.PORT, inspector.url() ?? null, req.headers['x-forwarded-port']])`,
    },
  })
  await using server = await startServer({
    command: 'dev',
    directory,
    args: ['-H', '::', '--turbopack'],
    env: { NODE_OPTIONS: '--inspect=127.0.0.1:0' },
  })
  for (const host of ['127.0.0.1', '[::1]']) {
    const response = await fetch(`http://${host}:${server.port}/api/whoami`)
    const [port, inspector, forwarded] = (await response.json()) as [string, string | null, string]
    assert.equal(port, String(server.port))
    assert.equal(forwarded, String(server.port))
    assert.match(inspector ?? '', /^ws:\/\/127\.0\.0\.1:\d+\//)
  }
  assert.equal(
    server.output().match(/Debugger listening/g)?.length,
    1,
    'the builder has no debugger',
  )
  assert.match(server.output(), /note: --turbopack has no effect/)
  assert.match(server.output(), /PORT of \.env does not set the server's port/)
})

test('with memory state one worker serves; its own port and its final output survive a reload', async () => {
  const directory = project({
    files: {
      'millrace.toml':
        '[server]\nmax_header_size = "32KB"\n[pools.default]\nmax = 4\ntarget_wait = "1ms"\n',
      'instrumentation.js': `
        import { createServer } from 'node:net'
        export async function register() {
          await new Promise((resolve, reject) =>
            createServer((socket) => socket.end('mine')).on('error', reject).listen(${await freePort()}, '127.0.0.1', resolve))
          process.on('SIGTERM', async () => {
            await new Promise((resolve) => setImmediate(resolve))
            console.log('pool closed by ' + process.pid)
          })
        }`,
      'pages/api/work.js': `
        export default (req, res) => {
          const end = Date.now() + 10
          while (Date.now() < end);
          res.json(process.pid)
        }`,
    },
  })
  assert.equal((await build(directory)).code, 0)
  const manifest = join(directory, '.millrace/current/manifest.json')
  const made = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>
  made['memory_state'] = [
    { file: 'lib/bus.ts', line: 3, name: 'bus', routes: ['pages/api/work.js'] },
  ]
  writeFileSync(manifest, JSON.stringify(made))
  const server = await startServer({ command: 'start', directory })
  let pid: number
  try {
    assert.match(server.output(), /State in memory: lib\/bus\.ts:3 \(bus\); one worker serves/)
    const ask = async (): Promise<number> =>
      (await fetch(`http://127.0.0.1:${server.port}/api/work`)).json() as Promise<number>
    const responses = await Promise.all(Array.from({ length: 60 }, ask))
    assert.equal(new Set(responses).size, 1)

    const head = (size: number) =>
      rawRequest(
        server.port,
        `GET /api/work HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: ${'x'.repeat(size)}\r\n\r\n`,
      )
    assert.equal((await head(24 * 1024)).status, 200)
    assert.equal((await head(40 * 1024)).status, 431)

    const reloaded = await run(['reload', directory])
    assert.equal(reloaded.code, 0, reloaded.stderr)
    pid = await ask()
    assert.notEqual(pid, responses[0])
  } finally {
    await server.stop()
  }
  assert.match(server.output(), new RegExp(`pool closed by ${pid}`))
  assert.doesNotMatch(server.output(), /EADDRINUSE/)
})
