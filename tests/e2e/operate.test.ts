/**
 * Tests a server in operation: reloads, rollbacks, takeovers, its status output, its shutdown.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import {
  binary,
  build,
  project,
  RawClient,
  rawRequest,
  run,
  type Server,
  startServer,
  write,
} from './support/index.ts'

const version = (text: string) => `export const GET = () => new Response(${JSON.stringify(text)})`

function versioned(more: Record<string, string> = {}): string {
  return project({
    files: {
      'package.json': '{ "name": "operated", "private": true }',
      'app/api/version/route.js': version('one'),
      ...more,
    },
  })
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: operate\r\n\r\n`

async function asked(server: { port: number }, path = '/api/version'): Promise<string> {
  return (await rawRequest(server.port, get(path))).body
}

async function command(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(args)
  assert.equal(code, 0, stdout + stderr)
  return stdout
}

/**
 * Sends requests continuously on connections of its own; every response must be a 200 with a body
 * in `known`.
 */
class Load {
  readonly seen = new Set<string>()
  count = 0
  #stopped = false
  readonly #loops: Promise<void>[]

  constructor(server: Server, connections: number, known: readonly string[]) {
    this.#loops = Array.from({ length: connections }, async (_, n) => {
      let client = await RawClient.connect(server.port)
      while (!this.#stopped) {
        await client.send(get('/api/version'))
        const response = await client.response()
        assert.equal(response.status, 200)
        assert.ok(known.includes(response.body), response.body)
        this.seen.add(response.body)
        this.count++
        // Some connections are kept and some are new, as with real clients; a server that shuts
        // down announces it first.
        if (n % 2 === 1 || /close/i.test(response.headers['connection'] ?? '')) {
          client.destroy()
          client = await RawClient.connect(server.port)
        }
      }
      client.destroy()
    })
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) await Promise.race([turn(), ...this.#loops])
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#loops)
  }
}

test('a reload deploys the new build under load without a lost request, and a rollback the old one', {
  timeout: 120_000,
}, async () => {
  const directory = versioned()
  await build(directory)
  await using server = await startServer({ command: 'start', directory, args: ['--workers', '2'] })
  const load = new Load(server, 16, ['one', 'two'])
  await load.until(() => load.seen.has('one'))
  write(directory, 'app/api/version/route.js', version('two'))
  await build(directory)
  assert.deepEqual([...load.seen], ['one'], 'a build alone changes nothing')
  assert.match(await command('reload', directory), /serves build 2-/)
  assert.equal(await asked(server), 'two')
  assert.match(await command('rollback', directory), /^1-.* is now the current build/)
  assert.equal(await asked(server), 'two', 'a rollback waits for the reload')
  process.kill(server.pid, 'SIGHUP')
  await server.printed(/build 1-\S+ is in service/)
  assert.equal(await asked(server), 'one')
  await load.stop()
  assert.ok(load.seen.has('two'))
})

test('a build with a route that cannot be loaded is rejected, and the route named', {
  timeout: 120_000,
}, async () => {
  const directory = versioned()
  await build(directory)
  await using server = await startServer({ command: 'start', directory })
  write(directory, 'app/api/version/route.js', version('two'))
  // Fails only where it is served: the build loads it too.
  write(
    directory,
    'app/api/broken/route.js',
    "if (process.env.BROKEN) throw new Error('no such luck')\nexport const GET = () => new Response()",
  )
  await build(directory)
  write(directory, 'millrace.toml', '[pools.default]\nenv = { BROKEN = "1" }\n')
  const refused = await run(['reload', directory])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /\/api\/broken \(app\/api\/broken\/route\.js\).*no such luck/)
  assert.equal(await asked(server), 'one')
  assert.match(server.output(), /The build in service is kept/)
})

test('a reload whose workers exit before they are ready is rejected', {
  timeout: 120_000,
}, async () => {
  const broken =
    "if (process.env.BROKEN) process.exit(3)\nexport const POST = () => new Response('never')"
  const directory = versioned({ 'app/api/broken/route.js': broken })
  await build(directory)
  await using server = await startServer({ command: 'start', directory })
  write(directory, 'millrace.toml', '[pools.default]\nenv = { BROKEN = "1" }\n')
  const refused = await run(['reload', directory])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /its workers end before they are ready: exit code 3/)
  assert.equal(await asked(server), 'one')
  write(directory, 'millrace.toml', '')
  await command('reload', directory)
})

test('a build whose probe fails is rejected', { timeout: 120_000 }, async () => {
  const directory = versioned({ 'millrace.toml': '[server]\nprobe = "/api/version"\n' })
  await build(directory)
  await using server = await startServer({ command: 'start', directory })
  write(
    directory,
    'app/api/version/route.js',
    "export const GET = () => new Response('no database', { status: 503 })",
  )
  await build(directory)
  const refused = await run(['reload', directory])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /the probe \/api\/version .*expected a status below 500, found 503/)
  assert.equal(await asked(server), 'one')
  write(directory, 'app/api/version/route.js', version('two'))
  await build(directory)
  await command('reload', directory)
  assert.equal(await asked(server), 'two')
  write(directory, 'millrace.toml', '[server]\nprobe = "/api/none"\n')
  const none = await run(['reload', directory])
  assert.match(none.stderr, /found no route/)
})

test('a server listens on sockets of a service manager', { timeout: 60_000 }, async () => {
  const directory = versioned()
  await build(directory)
  const listening = createServer().listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  // The variable must contain the id of the process that executes the server.
  const child = spawn(
    '/bin/sh',
    ['-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" start "$1"', binary(), directory],
    {
      stdio: [
        'ignore',
        'pipe',
        'inherit',
        (listening as unknown as { _handle: { fd: number } })._handle.fd,
      ],
      env: { PATH: process.env['PATH'], ASAN_OPTIONS: process.env['ASAN_OPTIONS'] },
    },
  )
  try {
    let printed = ''
    for await (const chunk of child.stdout!) if (/ready in/.test((printed += String(chunk)))) break
    assert.match(printed, new RegExp(`localhost:${port}`))
    // Of the two processes that could accept only the server remains.
    listening.close()
    assert.equal(await asked({ port }), 'one')
  } finally {
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    assert.equal(code, 0)
  }
})

test('responses in progress during a reload are finished', {
  timeout: 120_000,
}, async () => {
  const directory = versioned({
    'app/api/stream/route.js': `
      export const GET = () => {
        globalThis.controllers ??= []
        return new Response(new ReadableStream({ start: (c) => (c.enqueue(new TextEncoder().encode('begun ')), globalThis.controllers.push(c)) }))
      }
      export const POST = async (request) => {
        const text = await request.text()
        return new Response(text)
      }`,
  })
  await build(directory)
  await using server = await startServer({ command: 'start', directory })
  using upload = await RawClient.connect(server.port)
  await upload.send('POST /api/stream HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfirst')
  using warm = await RawClient.connect(server.port)
  await warm.send(get('/api/stream'))
  await warm.matching(/begun /)
  await build(directory)
  await command('reload', directory)
  await upload.send('later')
  const response = await upload.response()
  assert.deepEqual([response.status, response.body], [200, 'firstlater'])
})

test('a takeover passes the socket on without a refused connection, and the old server exits normally', {
  timeout: 120_000,
}, async () => {
  const directory = versioned()
  await build(directory)
  await using old = await startServer({ command: 'start', directory })
  const load = new Load(old, 16, ['one', 'two'])
  await load.until(() => load.seen.has('one'))
  write(directory, 'app/api/version/route.js', version('two'))
  await build(directory)
  await using successor = await startServer({ command: 'start', directory, args: ['--takeover'] })
  assert.equal(successor.port, old.port)
  assert.deepEqual(await old.exited, { code: 0, signal: null })
  await load.until(() => load.seen.has('two'))
  await load.stop()
  assert.equal(await asked(successor), 'two')
  assert.match(
    await command('ps', directory),
    new RegExp(`server ${successor.pid} on port ${successor.port}`),
  )
})

test('a takeover without a running server is an error', async () => {
  const directory = versioned()
  await build(directory)
  const { code, stderr } = await run(['start', directory, '--takeover', '-p', '1'])
  assert.equal(code, 1)
  assert.match(stderr, /no server of .* runs on port 1/)
})

test('on SIGTERM requests in flight and after() are finished, and the server exits with 0', {
  timeout: 120_000,
}, async () => {
  const directory = versioned({
    'app/api/slow/route.js': `
      import { writeFileSync } from 'node:fs'
      import { after } from 'next/server'
      export const POST = async (request) => {
        after(async () => {
          await new Promise((resolve) => setTimeout(resolve, 50))
          writeFileSync('after-ran', '')
        })
        return new Response(await request.text())
      }`,
  })
  await build(directory)
  await using server = await startServer({ command: 'start', directory })
  using client = await RawClient.connect(server.port)
  await client.send('POST /api/slow HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfirst')
  await asked(server)
  const ended = server.stop()
  await client.send('later')
  const response = await client.response()
  assert.deepEqual([response.status, response.body], [200, 'firstlater'])
  assert.equal((await ended).code, 0)
  assert.equal(readFileSync(join(directory, 'after-ran'), 'utf8'), '')
})

test('pools run routes separately with their own limits, and idle workers end', {
  timeout: 120_000,
}, async () => {
  const directory = versioned({
    'app/api/reports/[id]/route.js': `
      export const GET = () => Response.json({ pid: process.pid, pool: process.env.POOL, share: process.env.MILLRACE_DB_POOL_SIZE, flags: process.execArgv })`,
    'app/api/plain/route.js':
      'export const GET = () => Response.json({ pid: process.pid, pool: process.env.POOL ?? null })',
    'millrace.toml': `
[pools]
db_connections = 9
[pools.default]
min = 1
max = 1
[pools.reports]
routes = ["/api/reports/**"]
min = 0
max = 1
memory = "200MB"
env = { POOL = "reports" }
`,
  })
  await build(directory)
  await using server = await startServer({ command: 'start', directory })
  const before = JSON.parse(await command('ps', directory, '--json'))[0]
  assert.deepEqual(
    before.pools.map(
      ({
        name,
        min,
        max,
        workers,
      }: {
        name: string
        min: number
        max: number
        workers: unknown[]
      }) => [name, min, max, workers.length],
    ),
    [
      ['default', 1, 1, 1],
      ['reports', 0, 1, 0],
    ],
  )
  const report = JSON.parse(await asked(server, '/api/reports/7'))
  const plain = JSON.parse(await asked(server, '/api/plain'))
  assert.notEqual(report.pid, plain.pid)
  assert.deepEqual([report.pool, plain.pool], ['reports', null])
  assert.equal(report.share, '2')
  assert.ok(report.flags.includes('--max-old-space-size=300'), report.flags)
})

test('a mistake in millrace.toml is reported with its line, and nothing starts', async () => {
  const directory = versioned()
  await build(directory)
  write(directory, 'millrace.toml', '[pools.default]\nmemori = 5\n')
  for (const asked of [
    ['build', directory],
    ['start', directory, '-p', '0'],
  ]) {
    const { code, stderr } = await run(asked)
    assert.equal(code, 1)
    assert.match(
      stderr,
      /millrace\.toml:2: \[pools\.default\] unknown key `memori` \(did you mean `memory`\?\)/,
    )
  }
})

test('only its owner can control a server', { timeout: 60_000 }, async () => {
  const directory = versioned()
  await build(directory)
  await using server = await startServer({ command: 'start', directory })
  assert.equal(
    statSync(join(directory, `.millrace/control-${server.port}.sock`)).mode & 0o777,
    0o600,
  )
  await server.stop()
  const { code, stderr } = await run(['ps', directory])
  assert.equal(code, 1)
  assert.match(stderr, /no server is running for /)
})

test('a leaking route is named when its worker is replaced, and no request is lost', {
  timeout: 120_000,
}, async () => {
  const directory = versioned({
    'app/api/leak/route.js': `
      const held = (globalThis.held ??= [])
      export const GET = () => {
        held.push(Buffer.alloc(1 << 20, 1))
        return Response.json({ pid: process.pid })
      }`,
    'millrace.toml': '[pools.default]\nmin = 1\nmax = 1\nmemory = "260MB"\nmemory_hard = "2GB"\n',
  })
  await build(directory)
  await using server = await startServer({ command: 'start', directory })
  const load = new Load(server, 4, ['one'])
  const pids = new Set<number>()
  // Slowly, so that samples relate requests to memory growth.
  while (!/is being replaced/.test(server.output())) {
    pids.add((JSON.parse(await asked(server, '/api/leak')) as { pid: number }).pid)
    const until = load.count + 400
    await load.until(() => load.count >= until)
  }
  assert.match(
    server.output(),
    /worker \d+ is being replaced: \d+ MB resident, more than 260 MB; suspect: \/api\/leak, which seems to retain \d{3,} KB for each of its \d+ requests/,
  )
  while (pids.size < 2)
    pids.add((JSON.parse(await asked(server, '/api/leak')) as { pid: number }).pid)
  await load.stop()
  assert.doesNotMatch(server.output(), / ended: /)
  const { routes } = JSON.parse(await command('ps', directory, '--json'))[0].pools[0] as {
    routes: { path: string; cpu_us: number }[]
  }
  assert.deepEqual(routes.map(({ path }) => path).sort(), ['/api/leak', '/api/version'])
})

test('a heap snapshot of a worker can be written', { timeout: 120_000 }, async () => {
  const directory = versioned()
  await build(directory)
  await using server = await startServer({ command: 'start', directory })
  await asked(server)
  const [{ pools }] = JSON.parse(await command('ps', directory, '--json')) as [
    { pools: { workers: { pid: number }[] }[] },
  ]
  const { pid } = pools[0]!.workers[0]!
  const path = /is writing (\S+);/.exec(await command('snapshot', String(pid), directory))![1]!
  await server.printed(/snapshot/)
  assert.equal(typeof JSON.parse(readFileSync(path, 'utf8')).snapshot, 'object')
  assert.equal(await asked(server), 'one')
  const { code, stderr } = await run(['snapshot', '1', directory])
  assert.equal(code, 1)
  assert.match(stderr, /has a worker with the process id 1;/)
})
