import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  AbortReason,
  flagEnd,
  initialCredit,
  Kind,
  LogLevel,
  protocolVersion,
} from '../../../protocol/generated/frames.ts'
import { encodeFrame, encodeInvoke, TestProject, TestServer } from './support.ts'

const hello = { source: `export default (req, res) => res.json({ hello: 'world' })` }

test('sends hello first and responds to load with ready', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [hello])
  const first = server.frames[0]!
  assert.equal(first.kind, Kind.hello)
  const content = JSON.parse(first.payload.toString())
  assert.equal(content.protocol, protocolVersion)
  assert.equal(content.role, 'node')
  assert.equal(content.pid, server.process.pid)
})

test('reports in ready why a generation cannot be served', async () => {
  using project = new TestProject()
  await using server = new TestServer()
  const missing = `${project.root}/nowhere/manifest.json`
  const ready = await server.load({
    generation: 1,
    manifest: missing,
    root: project.root,
    mode: 'production',
  })
  assert.match(String(ready['error']), /nowhere\/manifest\.json: cannot be read/)

  const manifest = project.write('manifest.json', '{"version": 7, "routes": []}')
  const second = await server.load({
    generation: 2,
    manifest,
    root: project.root,
    mode: 'production',
  })
  assert.match(String(second['error']), /expected manifest version 3, found 7/)

  const good = project.writeGeneration([hello], 'production', 3)
  const third = await server.load({
    generation: 3,
    manifest: good,
    root: project.root,
    mode: 'production',
  })
  assert.equal(third['error'], undefined)
  assert.equal((await server.request({ generation: 3 })).status, 200)
})

test('takes environment and working directory from load', async () => {
  using project = new TestProject()
  await using server = new TestServer()
  const manifest = project.writeGeneration(
    [
      {
        source: `export default (req, res) =>
          res.json([process.env.SECRET, process.env.PATH ?? null, process.cwd(), process.env.NODE_ENV, process.env.NEXT_RUNTIME, typeof AsyncLocalStorage])`,
      },
    ],
    'production',
  )
  const env = { SECRET: 'x y', PATH: null, NEXT_RUNTIME: 'mine' }
  await server.load({ generation: 1, manifest, root: project.root, mode: 'production', env })
  assert.deepEqual(JSON.parse((await server.request()).text), [
    'x y',
    null,
    project.root,
    'production',
    'nodejs',
    'function',
  ])
})

test('serves an earlier generation beside the newest, each with its own modules', async () => {
  using project = new TestProject()
  await using server = new TestServer()
  const source = (name: string): string =>
    `let count = 0; export default (req, res) => res.send('${name} ' + ++count + ' ' + (globalThis.kept ??= '${name}'))`
  for (const [number, name] of [
    [1, 'old'],
    [2, 'new'],
  ] as const) {
    const manifest = project.writeGeneration([{ source: source(name) }], 'development', number)
    await server.load({ generation: number, manifest, root: project.root, mode: 'development' })
    assert.equal((await server.request({ generation: number })).text, `${name} 1 old`)
  }
  assert.equal((await server.request({ generation: 1 })).text, 'old 2 old')
  assert.equal((await server.request({ generation: 2 })).text, 'new 2 old')
})

test('aborts an invocation of an unknown generation or route', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [hello])
  await assert.rejects(server.request({ generation: 9 }), /aborted with reason 4/)
  await assert.rejects(server.request({ route: 9 }), /aborted with reason 4/)
  assert.equal((await server.request()).status, 200)
})

test('responds to many requests that arrive together', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    { source: `export default (req, res) => res.send(req.query.n)` },
  ])
  const exchanges = Array.from({ length: 300 }, (_, n) => server.open({ url: `/api/0?n=${n}` }))
  const responses = await Promise.all(exchanges.map((exchange) => exchange.response()))
  assert.deepEqual(
    responses.map((response) => response.text),
    responses.map((_, n) => String(n)),
  )
})

test('pong carries the payload of ping, after stats if a sample is requested', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [hello])
  await server.ping()
  assert.deepEqual(
    server.frames.slice(-2).map((frame) => frame.kind),
    [Kind.ready, Kind.pong],
  )
  assert.deepEqual(server.frames.at(-1)!.payload, Buffer.alloc(8, 7))
  const stats = await server.sample()
  assert.deepEqual(
    server.frames.slice(-2).map((frame) => frame.kind),
    [Kind.stats, Kind.pong],
  )
  assert.ok(
    stats.rss > 1e6 &&
      stats.heap_used > 1e5 &&
      stats.heap_total >= stats.heap_used &&
      stats.external > 0,
  )
  assert.ok(
    stats.cpu_ms > 0 && stats.loop_lag_ms >= 0 && stats.utilization > 0 && stats.utilization <= 1,
  )
})

test('sends no more body than it has credit for', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export default async (req, res) => {
        for (let i = 0; i < 10; ++i) {
          if (!res.write(Buffer.alloc(100_000, 97 + i))) await new Promise((resolve) => res.once('drain', resolve))
          console.log('written ' + i)
        }
        res.end()
      }`,
    },
  ])
  const exchange = server.open({})
  exchange.autoCredit = false
  await exchange.until(() => exchange.received === initialCredit)
  await server.ping()
  assert.equal(exchange.received, initialCredit)
  // The third write exceeded the credit: the handler waits in it.
  assert.equal(
    server.logs.some((line) => line.text === 'written 2'),
    false,
  )
  exchange.grant(50_000)
  await exchange.until(() => exchange.received === initialCredit + 50_000)
  await server.logged('written 2')
  exchange.grant(2_000_000)
  const response = await exchange.response()
  assert.equal(response.body.length, 1_000_000)
  assert.deepEqual(response.body.subarray(-100_000), Buffer.alloc(100_000, 106))
})

test('a complete response too long for a frame gets a Content-Length and waits for credit', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    { source: `export default (req, res) => res.end('\u00e4'.repeat(150_000))` },
    { source: `export default (req, res) => res.end('x'.repeat(200_000))` },
  ])
  const exchange = server.open({})
  exchange.autoCredit = false
  await exchange.until(() => exchange.received === initialCredit)
  exchange.grant(300_000)
  const response = await exchange.response()
  assert.equal(response.header('content-length'), '300000')
  assert.equal(response.text, '\u00e4'.repeat(150_000))

  const whole = await server.request({ route: 1 })
  assert.equal(whole.body.length, 200_000)
  assert.equal(server.frames.filter((frame) => frame.stream === 2).length, 1)
})

test('responses are complete and in order though the link is full for a while', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `let done = 0
      export default (req, res) => {
        const n = Number(req.query.n)
        res.end(Buffer.alloc(150_000 + n, 65 + n))
        // The standard output does not use the link.
        if (++done === 25) process.stdout.write('all sent\\n')
      }`,
    },
  ])
  await server.request({ url: '/?n=0' })
  server.pause()
  const exchanges = Array.from({ length: 25 }, (_, n) => server.open({ url: `/?n=${n}` }))
  await server.until(() => server.output.includes('all sent'))
  server.resume()
  for (const [n, exchange] of exchanges.entries()) {
    assert.deepEqual((await exchange.response()).body, Buffer.alloc(150_000 + n, 65 + n))
  }
  // Draining waits for the frames that are not sent yet.
  server.pause()
  const last = server.open({ url: '/?n=30' })
  server.write(encodeFrame(Kind.drain, 0))
  server.resume()
  assert.equal((await last.response()).body.length, 150_030)
  assert.equal(await server.exit(), 0)
})

test('grants credit when the handler consumes the body, not before', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export const config = { api: { bodyParser: false } }
      let go
      export default async (req, res) => {
        if (req.query.go) { go(); res.end(); return }
        await new Promise((resolve) => (go = resolve))
        let size = 0
        for await (const chunk of req) size += chunk.length
        res.send(String(size))
      }`,
    },
  ])
  const upload = server.open({ streamed: true })
  const chunk = Buffer.alloc(65536, 1)
  for (let i = 0; i < 4; ++i) upload.send(chunk)
  upload.sendCredit = 0
  await server.ping()
  assert.equal(upload.sendCredit, 0)
  await server.request({ url: '/api/0?go=1' })
  await upload.until(() => upload.sendCredit >= initialCredit / 2)
  upload.send(chunk, true)
  assert.equal((await upload.response()).text, String(5 * 65536))
})

test('a body beyond the credit is a protocol error', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    { source: `export const config = { api: { bodyParser: false } }; export default () => {}` },
  ])
  const upload = server.open({ streamed: true })
  upload.send(Buffer.alloc(initialCredit + 1))
  assert.equal(await server.exit(), 70)
})

for (const reason of [AbortReason.clientGone, AbortReason.deadline]) {
  test(`the handler gets the server's abort with reason ${reason}, and nothing more is sent`, async () => {
    using project = new TestProject()
    await using server = await TestServer.start(project, [
      {
        source: `export const config = { api: { bodyParser: false } }
        export default (req, res) => {
          res.write('begun')
          req.on('aborted', () => console.log('req aborted'))
          req.on('close', () => console.log('req close ' + req.aborted))
          res.on('close', () => { console.log('res close ' + res.writableFinished); res.write('late'); res.end('later') })
        }`,
      },
    ])
    const exchange = server.open({ streamed: true })
    await exchange.until(() => exchange.received > 0)
    exchange.abort(reason)
    await server.logged('req aborted')
    await server.logged('req close true')
    await server.logged('res close false')
    await server.ping()
    assert.equal(exchange.soFar().text, 'begun')
    assert.equal(exchange.ended, false)
  })
}

test('a reader of the body gets the abort', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export const config = { api: { bodyParser: false } }
      export default async (req, res) => {
        try { for await (const chunk of req) console.log('got ' + chunk) } catch (error) { console.log(error.code) }
      }`,
    },
  ])
  const upload = server.open({ streamed: true })
  upload.send('half')
  await server.logged('got half')
  upload.abort()
  await server.logged('ECONNRESET')
})

test('destroying the response aborts the stream', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export default (req, res) => { if (req.query.late) res.write('x'); res.destroy() }`,
    },
  ])
  await assert.rejects(server.request({}), /aborted with reason 4/)
  await assert.rejects(server.request({ url: '/?late=1' }), /aborted with reason 4/)
})

test('drain finishes open invocations, then exits with 0', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `let go; export default (req, res) => { if (req.query.go) { go(); res.end('went') } else go = () => res.end('done') }`,
    },
  ])
  const waiting = server.open({})
  const other = server.open({ url: '/?go=1' })
  server.write(encodeFrame(Kind.drain, 0))
  assert.equal((await other.response()).text, 'went')
  assert.equal((await waiting.response()).text, 'done')
  assert.equal(await server.exit(), 0)
})

test('an idle worker drains at once', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [hello])
  server.write(encodeFrame(Kind.drain, 0))
  assert.equal(await server.exit(), 0)
})

test('exits when the server has closed the link', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [{ source: `export default () => {}` }])
  server.open({})
  server.hangUp()
  assert.equal(await server.exit(), 0)
})

test('console lines are sent as log frames with their level', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export default (req, res) => {
        console.log('info %d', 1, { a: 1 }); console.warn('careful'); console.error(new Error('bad'))
        console.debug('detail'); console.group('g'); console.info('inside'); console.groupEnd(); console.table([[1]])
        process.stdout.write('plain out\\n'); process.stderr.write('plain err\\n'); res.end()
      }`,
    },
  ])
  await server.request()
  await server.until(
    () => server.output.includes('plain out') && server.output.includes('plain err'),
  )
  const levels = new Map(server.logs.map((line) => [line.text.split('\n')[0], line.level]))
  assert.equal(levels.get('info 1 { a: 1 }'), LogLevel.info)
  assert.equal(levels.get('careful'), LogLevel.warn)
  assert.equal(levels.get('Error: bad'), LogLevel.error)
  assert.equal(levels.get('detail'), LogLevel.debug)
  assert.equal(levels.get('  inside'), LogLevel.info)
  assert.ok(server.logs.some((line) => line.text.includes('│')))
})

test('a context entered in one handler is not visible to the next', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `import { AsyncLocalStorage } from 'node:async_hooks'
      const storage = new AsyncLocalStorage()
      export default (req, res) => { const before = storage.getStore(); storage.enterWith(req.query.n); res.send(String(before)) }`,
    },
  ])
  await server.request({ url: '/?n=0' })
  const exchanges = [1, 2, 3].map((n) => server.open({ url: `/?n=${n}` }))
  const responses = await Promise.all(exchanges.map((exchange) => exchange.response()))
  assert.deepEqual(
    responses.map((response) => response.text),
    ['undefined', 'undefined', 'undefined'],
  )
})

const hostile: Record<string, () => Uint8Array> = {
  'an unknown kind': () => encodeFrame(99, 0),
  'a kind that only workers send': () => encodeFrame(Kind.pong, 0, Buffer.alloc(8)),
  'a response from the server': () => encodeFrame(Kind.response, 1, Buffer.alloc(8)),
  'a stream never opened': () => encodeFrame(Kind.body, 7, 'x'),
  'a length beyond the limit': () => Buffer.from([1, 0, 16, 0, 5, 0, 0, 0, 1, 0, 0, 0]),
  'a drain of a stream past 2^32': () => Buffer.from([0, 0, 0, 0, 14, 0, 1, 0, 0, 0, 0, 0]),
  'a ping of the wrong size': () => encodeFrame(Kind.ping, 0, 'abc'),
  'a drain with a payload': () => encodeFrame(Kind.drain, 0, 'x'),
  'a load that is no JSON': () => encodeFrame(Kind.load, 0, '{'),
  'a load without a manifest': () => encodeFrame(Kind.load, 0, '{"generation":1}'),
  'an invoke shorter than its head': () => encodeFrame(Kind.invoke, 1, Buffer.alloc(27), flagEnd),
  'an invoke whose lengths do not add up': () =>
    encodeFrame(Kind.invoke, 1, Buffer.alloc(29), flagEnd),
}

for (const [name, bytes] of Object.entries(hostile)) {
  test(`${name} is a protocol error`, async () => {
    await using server = new TestServer()
    server.write(bytes())
    assert.equal(await server.exit(), 70)
  })
}

for (const first of [2 ** 32 - 2, 2 ** 48 - 4]) {
  test(`stream numbers that begin at ${first} are distinguished`, async () => {
    using project = new TestProject()
    await using server = await TestServer.start(project, [
      {
        source:
          'export default (req, res) => res.send(`${req.query.n}: ${JSON.stringify(req.body)}`)',
      },
    ])
    server.newestStream = first
    const exchanges = [0, 1, 2].map((n) =>
      server.open({
        method: 'POST',
        url: `/?n=${n}`,
        headers: [['Content-Type', 'application/json']],
        streamed: true,
      }),
    )
    // In reverse order, so that each body must find its own stream.
    for (const [n, exchange] of [...exchanges.entries()].reverse())
      exchange.send(`{"n":${n}}`, true)
    for (const [n, exchange] of exchanges.entries())
      assert.equal((await exchange.response()).text, `${n}: {"n":${n}}`)
  })
}

test('a stream number used twice is a protocol error', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [hello])
  await server.request()
  server.write(encodeInvoke(1, {}))
  assert.equal(await server.exit(), 70)
})

test('credit of the wrong size is a protocol error', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [hello])
  await server.request()
  server.write(encodeFrame(Kind.credit, 1, 'ab'))
  assert.equal(await server.exit(), 70)
})

test('frames for a stream that has ended are dropped', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [hello])
  const exchange = server.open({ streamed: true, headers: [] })
  exchange.send('', true)
  await exchange.response()
  exchange.send('late')
  exchange.grant(10)
  exchange.abort()
  assert.equal((await server.request()).status, 200)
})
