/** The server's side of the link, met by a worker that is not its own, honest and hostile. */
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
  // Stands for node: the server starts it as it would start node, and gets a worker of another
  // kind.
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
const ask = (target: string) => rawRequest(server.port, get(target))

describe('a worker in any language', () => {
  test('gets method, target and parameters as they stood', async () => {
    assert.equal((await ask('/api/x?q=%20')).body, 'GET /api/x?q=%20 []')
    assert.equal(
      (await ask('/api/many/a%20b/c%2Fd')).body,
      'GET /api/many/a%20b/c%2Fd [a%20b/c%2Fd]',
    )
    assert.equal(
      (await ask('/api/one/and/t%C3%BCo')).body,
      'GET /api/one/and/t%C3%BCo [one t%C3%BCo]',
    )
  })

  test('may send its frames in pieces', async () => {
    assert.equal((await ask('/api/x?do=bytewise')).body, 'byte by byte')
  })

  test('may send a body in frames, the last with the flag or an end frame', async () => {
    const chunks = await ask('/api/x?do=chunks')
    assert.deepEqual(
      [chunks.body, chunks.headers['transfer-encoding']],
      ['one two three', 'chunked'],
    )
    assert.equal((await ask('/api/x?do=end')).body, 'first last')
  })

  test('does not own the connection, but may ask for its end', async () => {
    const { headers, body } = await ask('/api/x?do=hops')
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

  test('may name its own reason', async () => {
    assert.equal((await ask('/api/x?do=reason')).statusLine, 'HTTP/1.1 299 All Fine')
  })

  test('is not heard after the end of an answer, and lives', async () => {
    const before = (await ask('/api/x?do=pid')).body
    using client = await RawClient.connect(server.port)
    await client.send(get('/api/x?do=after-end') + get('/api/x?do=pid'))
    assert.equal((await client.response()).body, 'only once')
    assert.equal((await client.response()).body, before)
    assert.equal(client.received(), '')
  })

  test('may abort: 502 before the head, a cut connection after it', async () => {
    const before = (await ask('/api/x?do=pid')).body
    assert.equal((await ask('/api/x?do=abort')).status, 502)
    await assertCut('/api/x?do=abort-late')
    assert.equal((await ask('/api/x?do=pid')).body, before)
  })
})

/** The client sees that an answer broke off: its chunks never end. */
async function assertCut(target: string): Promise<void> {
  using client = await RawClient.connect(server.port)
  await client.send(get(target))
  const all = await client.closed()
  assert.match(all, /^HTTP\/1\.1 200 /)
  assert.match(all, /half/)
  assert.doesNotMatch(all, /\r\n0\r\n\r\n$/)
}

/** The most that the server has had in memory since it was last looked at, in MB. */
function peakMemory(): number {
  return (
    Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) /
    1024
  )
}

/** AddressSanitizer keeps what was freed, up to 256 MB. */
const keptByTheSanitizer = (): number =>
  readFileSync(`/proc/${server.pid}/maps`, 'utf8').includes('libasan') ? 300 : 0

describe('a worker cannot fill the memory of the server', () => {
  test('by asking the data cache and leaving the answers unread; it gets them all when it reads', async () => {
    const value = 'x'.repeat(2 << 20)
    const question = (question: object) =>
      encodeURIComponent(JSON.stringify({ id: 1, key: 'long', tags: [], ...question }))
    await ask(
      `/api/x?do=cache&fill=${value.length}&question=${question({ op: 'set', value: '@fill', revalidate: false })}`,
    )
    const before = peakMemory()
    using client = await RawClient.connect(server.port)
    await client.send(get(`/api/x?do=cache-flood&times=100&question=${question({ op: 'get' })}`))
    const [, pid] = await client.matching(/\r\n\r\n[0-9a-f]+\r\n(\d+) \r\n/)
    // Once this is answered the server has seen all the questions: they came with the head above.
    assert.equal((await ask('/nowhere')).status, 404)
    assert.ok(
      peakMemory() - before < 60 + keptByTheSanitizer(),
      `the server's memory grew from ${before} to ${peakMemory()} MB`,
    )
    process.kill(Number(pid), 'SIGUSR2')
    await client.matching(/all answered/)
    assert.ok(
      peakMemory() - before < 60 + keptByTheSanitizer(),
      `the server's memory grew from ${before} to ${peakMemory()} MB`,
    )
  })

  test('by lines for the log, or by what it says of itself', async () => {
    await ask('/api/x?do=log-flood&times=50')
    const before = peakMemory()
    assert.equal((await ask('/api/x?do=log-flood&times=50')).body, 'flooded')
    assert.ok(
      peakMemory() - before < 30 + keptByTheSanitizer(),
      `the server's memory grew from ${before} to ${peakMemory()} MB`,
    )
  })
})

describe('a worker that dies', () => {
  test('before its answer: 502, and another takes its place', async () => {
    const before = (await ask('/api/x?do=pid')).body
    const { status, headers } = await ask('/api/x?do=exit')
    assert.equal(status, 502)
    assert.equal(headers['connection'], 'keep-alive')
    assert.notEqual((await ask('/api/x?do=pid')).body, before)
  })

  test('within its answer: the connection is cut', async () => {
    await assertCut('/api/x?do=exit-late')
    assert.equal((await ask('/api/x')).status, 200)
  })
})

describe('a worker that breaks the protocol is killed, and its requests answered with 502:', () => {
  const crimes = [
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
  for (const crime of crimes) {
    test(crime, async () => {
      const before = (await ask('/api/x?do=pid')).body
      using client = await RawClient.connect(server.port)
      await client.send(get(`/api/x?do=${crime}`))
      const response = await client.response()
      assert.equal(response.status, 502)
      assert.doesNotMatch(response.body, /^x$/)
      assert.notEqual((await ask('/api/x?do=pid')).body, before, 'the worker lives on')
      await client.send(get('/api/x'))
      assert.equal((await client.response()).body, 'GET /api/x []')
    })
  }

  test('two-heads: cut or 502, never whole', async () => {
    const before = (await ask('/api/x?do=pid')).body
    using client = await RawClient.connect(server.port)
    await client.send('GET /api/x?do=two-heads HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n')
    assert.doesNotMatch(await client.closed(), /\r\n0\r\n\r\n$/)
    assert.notEqual((await ask('/api/x?do=pid')).body, before)
  })
})

test('SIGTERM ends the server well', async () => {
  const { code, signal } = await server.stop()
  assert.deepEqual([code, signal], [0, null])
})
