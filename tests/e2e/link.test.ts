/**
 * Tests the server's side of the link with a worker that is not its own, well-behaved and hostile.
 */
import assert from 'node:assert/strict'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  build,
  project,
  RawClient,
  rawRequest,
  type Server,
  startServer,
  write,
} from './support/index.ts'

let server: Server

before(async () => {
  const directory = project({
    files: {
      'package.json': '{ "name": "link", "private": true }',
      'pages/api/x.js': 'export default (req, res) => res.end()',
      'pages/api/many/[...path].js': 'export default (req, res) => res.end()',
      'app/api/[a]/and/[b]/route.js':
        'export const GET = () => new Response(); export const POST = GET',
    },
  })
  await build(directory)
  // Replaces node: the server starts it as it would start node, and gets another kind of worker.
  const program = join(import.meta.dirname, 'link/other_worker.ts')
  write(
    directory,
    'other-node',
    `#!/bin/sh\ncase "$1" in -v|--version) echo v24.0.0; exit;; esac\nexec '${process.execPath}' '${program}'\n`,
  )
  chmodSync(join(directory, 'other-node'), 0o755)
  server = await startServer({
    command: 'start',
    directory,
    args: ['--workers', '1', '--node', join(directory, 'other-node')],
  })
})
after(async () => void (await server?.stop()))

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: test\r\n\r\n`
const send = (target: string) => rawRequest(server.port, get(target))

describe('a worker in any language', () => {
  test('gets method, target and parameters unchanged', async () => {
    assert.equal((await send('/api/x?q=%20')).body, 'GET /api/x?q=%20 []')
    assert.equal(
      (await send('/api/many/a%20b/c%2Fd')).body,
      'GET /api/many/a%20b/c%2Fd [a%20b/c%2Fd]',
    )
    assert.equal(
      (await send('/api/one/and/t%C3%BCo')).body,
      'GET /api/one/and/t%C3%BCo [one t%C3%BCo]',
    )
  })

  test('can send its frames in pieces', async () => {
    assert.equal((await send('/api/x?do=bytewise')).body, 'byte by byte')
  })

  test('can send a body in several frames, ended by the flag or an end frame', async () => {
    const chunks = await send('/api/x?do=chunks')
    assert.deepEqual(
      [chunks.body, chunks.headers['transfer-encoding']],
      ['one two three', 'chunked'],
    )
    assert.equal((await send('/api/x?do=end')).body, 'first last')
  })

  test('does not own the connection, but can request that it is closed', async () => {
    const { headers, body } = await send('/api/x?do=hops')
    assert.deepEqual(
      [
        headers['connection'],
        headers['transfer-encoding'],
        headers['trailer'],
        headers['content-length'],
        headers['x-kept'],
        body,
      ],
      ['close', undefined, undefined, '2', 'yes', 'ok'],
    )
  })

  test('can set its own reason phrase', async () => {
    assert.equal((await send('/api/x?do=reason')).statusLine, 'HTTP/1.1 299 All Fine')
  })

  test('is ignored after the end of a response, and stays alive', async () => {
    const before = (await send('/api/x?do=pid')).body
    using client = await RawClient.connect(server.port)
    await client.send(get('/api/x?do=after-end') + get('/api/x?do=pid'))
    assert.equal((await client.response()).body, 'only once')
    assert.equal((await client.response()).body, before)
    assert.equal(client.received(), '')
  })

  test('can abort: 502 before the head, a closed connection after it', async () => {
    const before = (await send('/api/x?do=pid')).body
    assert.equal((await send('/api/x?do=abort')).status, 502)
    await assertCut('/api/x?do=abort-late')
    assert.equal((await send('/api/x?do=pid')).body, before)
  })
})

/** Asserts that the client sees a truncated response: its chunks never end. */
async function assertCut(target: string): Promise<void> {
  using client = await RawClient.connect(server.port)
  await client.send(get(target))
  const all = await client.closed()
  assert.match(all, /^HTTP\/1\.1 200 /)
  assert.match(all, /half/)
  assert.doesNotMatch(all, /\r\n0\r\n\r\n$/)
}

/** The server's peak memory since the last call, in MB. */
function peakMemory(): number {
  return (
    Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) /
    1024
  )
}

/** AddressSanitizer keeps up to 256 MB of freed memory. */
const keptByTheSanitizer = (): number =>
  readFileSync(`/proc/${server.pid}/maps`, 'utf8').includes('libasan') ? 300 : 0

describe('a worker cannot exhaust the memory of the server', () => {
  test('by not reading replies of the data cache; it gets them all when it reads', async () => {
    const value = 'x'.repeat(2 << 20)
    const question = (question: object) =>
      encodeURIComponent(JSON.stringify({ id: 1, key: 'long', tags: [], ...question }))
    await send(
      `/api/x?do=cache&fill=${value.length}&question=${question({ op: 'set', value: '@fill', revalidate: false })}`,
    )
    const before = peakMemory()
    using client = await RawClient.connect(server.port)
    await client.send(get(`/api/x?do=cache-flood&times=100&question=${question({ op: 'get' })}`))
    const [, pid] = await client.matching(/\r\n\r\n[0-9a-f]+\r\n(\d+) \r\n/)
    // Once this request gets its response, the server has seen all cache requests: they arrived
    // with the head above.
    assert.equal((await send('/nowhere')).status, 404)
    assert.ok(
      peakMemory() - before < 60 + keptByTheSanitizer(),
      `the server's memory grew from ${before} to ${peakMemory()} MB`,
    )
    process.kill(Number(pid), 'SIGUSR2')
    await client.matching(/all replied/)
    assert.ok(
      peakMemory() - before < 60 + keptByTheSanitizer(),
      `the server's memory grew from ${before} to ${peakMemory()} MB`,
    )
  })

  test('by log lines or samples', async () => {
    await send('/api/x?do=log-flood&times=50')
    const before = peakMemory()
    assert.equal((await send('/api/x?do=log-flood&times=50')).body, 'flooded')
    assert.ok(
      peakMemory() - before < 30 + keptByTheSanitizer(),
      `the server's memory grew from ${before} to ${peakMemory()} MB`,
    )
  })
})

describe('a worker that dies', () => {
  test('before its response causes a 502, and is replaced', async () => {
    const before = (await send('/api/x?do=pid')).body
    const { status, headers } = await send('/api/x?do=exit')
    assert.equal(status, 502)
    assert.equal(headers['connection'], 'keep-alive')
    assert.notEqual((await send('/api/x?do=pid')).body, before)
  })

  test('within its response causes the connection to be closed', async () => {
    await assertCut('/api/x?do=exit-late')
    assert.equal((await send('/api/x')).status, 200)
  })
})

describe('a worker that violates the protocol is killed, and its requests get 502:', () => {
  const violations = [
    'unknown-kind',
    'servers-kind',
    'builders-kind',
    'too-long',
    'never-opened',
    'stream-zero',
    'short-response',
    'long-fields',
    'body-first',
    'short-credit',
    'split-field',
    'bare-lf',
    'bare-cr',
    'nul-field',
    'no-token',
    'no-colon',
    'split-reason',
    'status-0',
    'status-1000',
  ]
  for (const violation of violations) {
    test(violation, async () => {
      const before = (await send('/api/x?do=pid')).body
      using client = await RawClient.connect(server.port)
      await client.send(get(`/api/x?do=${violation}`))
      const response = await client.response()
      assert.equal(response.status, 502)
      assert.doesNotMatch(response.body, /^x$/)
      assert.notEqual((await send('/api/x?do=pid')).body, before, 'the worker is still alive')
      await client.send(get('/api/x'))
      assert.equal((await client.response()).body, 'GET /api/x []')
    })
  }

  test('two-heads: closed or 502, never complete', async () => {
    const before = (await send('/api/x?do=pid')).body
    using client = await RawClient.connect(server.port)
    await client.send('GET /api/x?do=two-heads HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n')
    assert.doesNotMatch(await client.closed(), /\r\n0\r\n\r\n$/)
    assert.notEqual((await send('/api/x?do=pid')).body, before)
  })
})

test('on SIGTERM the server exits normally', async () => {
  const { code, signal } = await server.stop()
  assert.deepEqual([code, signal], [0, null])
})
