// What a worker logs about routes that throw without a handler, end the process or block the event
// loop.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { LogLevel } from '../../../protocol/generated/frames.ts'
import { TestProject, TestServer } from './support.ts'

test('an uncaught exception or rejection is logged and affects no other request', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export default (req, res) => {
        setImmediate(() => { throw new Error('stray') }); Promise.reject(new Error('lost')); res.end('ok')
      }`,
    },
  ])
  assert.equal((await server.request()).text, 'ok')
  assert.equal((await server.logged('stray')).level, LogLevel.error)
  assert.match((await server.logged('lost')).text, /unhandledRejection/)
  assert.equal((await server.request()).text, 'ok')
})

test('an uncaught error of an app route names it, after an await as well', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      kind: 'app',
      path: '/api/x',
      file: 'app/api/x/route.ts',
      source: `export async function GET() {
        setTimeout(() => { throw new Error('stray') }, 1)
        await new Promise((resolve) => setTimeout(resolve, 1))
        Promise.reject(new Error('lost'))
        return new Response('ok')
      }`,
    },
  ])
  assert.equal((await server.request()).text, 'ok')
  assert.match(
    (await server.logged('stray')).text,
    /^uncaughtException in \/api\/x \(app\/api\/x\/route\.ts\): Error: stray/,
  )
  assert.match(
    (await server.logged('lost')).text,
    /^unhandledRejection in \/api\/x \(app\/api\/x\/route\.ts\): Error: lost/,
  )
})

test('a route that calls process.exit() is named as the cause, and earlier responses are sent', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export default (req, res) => { if (req.query.exit) process.exit(3); res.end('before') }`,
    },
  ])
  const first = server.open({})
  server.open({ url: '/?exit=1' })
  assert.equal((await first.response()).text, 'before')
  await server.logged('a route ended its worker with process.exit(3)')
  assert.equal(await server.exit(), 3)
})

const waiting = `export default (req, res) => { res.write('open') }`

test('process.exit() is logged with the routes in flight, the one whose code runs first', async () => {
  using project = new TestProject()
  const exits = `export default () => { process.exit(4) }`
  await using server = await TestServer.start(
    project,
    [exits, waiting, waiting, waiting, waiting].map((source) => ({ source })),
  )
  for (const route of [1, 2, 3, 4, 4, 1]) {
    const exchange = server.open({ route })
    await exchange.until(() => exchange.received > 0)
  }
  server.open({ route: 0 })
  const { level, text } = await server.logged('process.exit(4)')
  assert.equal(level, LogLevel.warn)
  assert.match(
    text,
    /; requests in flight: \/api\/0 \(pages\/api\/0\.ts\), \/api\/1 \(pages\/api\/1\.ts\), \/api\/4 \(pages\/api\/4\.ts\) and 2 more$/,
  )
})

test('process.exit() without a request in flight names no route', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export default (req, res) => { res.once('close', () => setTimeout(() => process.exit(5), 1)); res.end() }`,
    },
  ])
  await server.request()
  assert.match((await server.logged('process.exit(5)')).text, /process\.exit\(5\)$/)
})

const spin = `const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); }`

test('logs which route blocked the event loop, once a minute', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    { source: `${spin}; export default (req, res) => { spin(1050); res.end() }` },
    { source: `export default (req, res) => res.end()` },
  ])
  await Promise.all([server.request({ route: 1 }), server.request({ route: 0 })])
  // Both in one turn, and once more.
  await Promise.all([1, 0, 1].map((route) => server.request({ route })))
  await server.ping()
  const warnings = server.logs.filter(({ text }) => text.includes('was blocked'))
  assert.equal(warnings.length, 1)
  assert.equal(warnings[0]!.level, LogLevel.warn)
  assert.match(warnings[0]!.text, /was blocked for \d+\.\d s in \/api\/0 \(pages\/api\/0\.ts\): /)
  assert.ok((await server.sample()).loop_lag_ms > 1000)
})

test('names the possible routes when code after an await blocked the event loop', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `${spin}; export default async (req, res) => { await new Promise((go) => setTimeout(go, 1)); spin(1600); res.end() }`,
    },
    { source: waiting },
  ])
  const other = server.open({ route: 1 })
  await other.until(() => other.received > 0)
  await server.request({ route: 0 })
  const { text } = await server.logged('was blocked')
  assert.match(
    text,
    /after an await or a timer, in one of \/api\/1 \(pages\/api\/1\.ts\), \/api\/0 \(pages\/api\/0\.ts\): /,
  )
})

test('a standard output that no one reads does not block the worker', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export default (req, res) => { process.stdout.write('x'.repeat(8e6)); res.send(String(process.stdout.writableLength > 0)) }`,
    },
  ])
  server.process.stdout!.pause()
  assert.equal((await server.request()).text, 'true')
  await server.ping()
})

test('log lines are dropped and counted while the link is not read', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `const line = 'x'.repeat(100_000)
      export default async (req, res) => {
        if (req.query.flood !== undefined) {
          process.stderr.write('begun ')
          for (let i = 0; i < 1000; ++i) {
            console.log(line)
            // Frames are sent at the end of a turn.
            await new Promise(setImmediate)
          }
          process.stderr.write('done')
        }
        console.log('after'); res.end()
      }`,
    },
  ])
  const held = server.open({ url: '/?flood' })
  server.pause()
  await server.until(() => server.output.includes('done'))
  server.resume()
  await held.response()
  await server.request()
  const { level, text } = await server.logged('lines of this worker were dropped')
  assert.equal(level, LogLevel.warn)
  const dropped = Number(/: (\d+) log lines/.exec(text)?.[1])
  assert.ok(dropped > 500, text)
  await server.logged('after')
})
