/**
 * Tests HTTP/1.1 on the wire: connections, pipelining, framing of requests and responses.
 */
import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { httpProject } from './http-project.ts'
import { build, RawClient, rawRequest, type Server, startServer } from './support/index.ts'

const get = (target: string, ...fields: string[]) =>
  `GET ${target} HTTP/1.1\r\nHost: test\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`
const post = (target: string, body: string, ...fields: string[]) =>
  `POST ${target} HTTP/1.1\r\nHost: test\r\nContent-Length: ${body.length}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n${body}`

let directory: string
let server: Server

before(async () => {
  directory = httpProject()
  await build(directory)
  server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
})
after(async () => void (await server?.stop()))

describe('connections', () => {
  test('are kept open, as in HTTP/1.1', async () => {
    using client = await RawClient.connect(server.port)
    for (let i = 0; i < 3; i++) {
      await client.send(get(`/api/hello?n=${i}`))
      const { status, body, headers } = await client.response()
      assert.deepEqual(
        [status, body, headers['connection']],
        [200, `{"hello":"${i}"}`, 'keep-alive'],
      )
      assert.match(headers['keep-alive'] ?? '', /^timeout=\d+$/)
      assert.match(headers['date'] ?? '', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
    }
  })

  test('are closed if the client requests it', async () => {
    using client = await RawClient.connect(server.port)
    await client.send(get('/api/hello', 'Connection: close'))
    const { headers } = await client.response()
    assert.equal(headers['connection'], 'close')
    assert.equal(await client.closed(), '')
  })

  test('of HTTP/1.0 are closed', async () => {
    using client = await RawClient.connect(server.port)
    await client.send('GET /api/hello HTTP/1.0\r\n\r\n')
    const { status, body } = await client.response()
    assert.deepEqual([status, body], [200, '{"hello":"world"}'])
    assert.equal(await client.closed(), '')
  })

  test('of HTTP/1.0 are kept open if the client requests it', async () => {
    using client = await RawClient.connect(server.port)
    for (let i = 0; i < 2; i++) {
      await client.send('GET /api/hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
      const { body, headers } = await client.response()
      assert.deepEqual([body, headers['connection']], ['{"hello":"world"}', 'keep-alive'])
    }
  })

  test('can use IPv6', { skip: !hasIpv6() && 'no IPv6 loopback here' }, async () => {
    await using six = await startServer({
      command: 'start',
      directory,
      args: ['--workers', '1', '-H', '::1'],
    })
    using client = await RawClient.connect(six.port, '::1')
    await client.send(get('/api/headers'))
    assert.equal((JSON.parse((await client.response()).body) as { remote: string }).remote, '::1')
  })

  test('can be many at once', async () => {
    const clients = await Promise.all(
      Array.from({ length: 1000 }, () => RawClient.connect(server.port)),
    )
    try {
      await Promise.all(
        clients.map(async (client, i) => {
          await client.send(get(`/api/hello?n=${i}`))
          assert.equal((await client.response()).body, `{"hello":"${i}"}`)
        }),
      )
    } finally {
      for (const client of clients) client.destroy()
    }
    assert.equal((await rawRequest(server.port, get('/api/hello'))).status, 200)
  })
})

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === '::1'),
  )
}

describe('pipelining', () => {
  test('returns responses in order, even if a later handler is faster', async () => {
    using client = await RawClient.connect(server.port)
    const targets = Array.from({ length: 30 }, (_, i) =>
      i % 3 === 0 ? `/api/slow?n=${i}` : `/api/hello?n=${i}`,
    )
    await client.send(targets.map((target) => get(target)).join(''))
    for (let i = 0; i < targets.length; i++) {
      assert.equal(
        (await client.response()).body,
        i % 3 === 0 ? `{"slow":"${i}"}` : `{"hello":"${i}"}`,
      )
    }
    assert.equal(client.received(), '')
  })

  test('supports bodies', async () => {
    using client = await RawClient.connect(server.port)
    const bodies = Array.from({ length: 20 }, (_, i) => `body ${i} `.repeat(i * 50))
    await client.send(bodies.map((body) => post('/api/echo', body)).join(''))
    for (const body of bodies) assert.equal((await client.response()).body, body)
  })

  test('ends at Connection: close', async () => {
    using client = await RawClient.connect(server.port)
    await client.send(get('/api/hello', 'Connection: close') + get('/api/hello'))
    assert.equal((await client.response()).status, 200)
    assert.equal(await client.closed(), '')
  })

  test('continues after a body that the handler did not read', async () => {
    using client = await RawClient.connect(server.port)
    await client.send(post('/api/early', 'x'.repeat(5000)) + get('/api/hello'))
    assert.equal((await client.response()).status, 403)
    assert.equal((await client.response()).body, '{"hello":"world"}')
  })
})

describe('requests', () => {
  test('can arrive byte by byte', async () => {
    using client = await RawClient.connect(server.port)
    for (const byte of post('/api/echo', 'bytes')) await client.send(byte)
    assert.equal((await client.response()).body, 'bytes')
  })

  test('can be chunked, with extensions and trailers', async () => {
    using client = await RawClient.connect(server.port)
    const head = 'POST /api/echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n'
    const body =
      '5;name=value\r\nhello\r\n1\r\n \r\n0A;quoted="x"\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n'
    await client.send(head + body + get('/api/hello'))
    assert.equal((await client.response()).body, 'hello 0123456789')
    assert.equal((await client.response()).status, 200)
    for (const byte of head + body) await client.send(byte)
    assert.equal((await client.response()).body, 'hello 0123456789')
  })

  test('reach the handler before their body is complete, and the response can begin', async () => {
    using client = await RawClient.connect(server.port)
    await client.send(
      'POST /api/turns HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    for (const word of ['one', 'two', 'three']) {
      await client.send(`${word.length.toString(16)}\r\n${word}\r\n`)
      await client.matching(new RegExp(`\\[${word}\\]`))
    }
    await client.send('0\r\n\r\n')
    assert.equal((await client.response()).body, '[one][two][three]end')
  })

  test('with Expect: 100-continue get 100 Continue', async () => {
    using client = await RawClient.connect(server.port)
    await client.send(
      'POST /api/parsed HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n',
    )
    assert.equal((await client.response()).status, 100)
    await client.send('body')
    assert.equal((await client.response()).body, '{"body":"body"}')
  })

  test('with Expect: 100-continue and an immediate body get one final response', async () => {
    using client = await RawClient.connect(server.port)
    await client.send(post('/api/echo', 'eager', 'Expect: 100-continue') + get('/api/hello'))
    let response = await client.response()
    if (response.status === 100) response = await client.response()
    assert.equal(response.body, 'eager')
    assert.equal((await client.response()).body, '{"hello":"world"}')
  })

  test('show their headers as received', async () => {
    const response = await rawRequest(
      server.port,
      get(
        '/api/headers',
        'X-Mixed-Case: a',
        'x-mixed-case:   b  ',
        'X-Latin: gr\u00fc\u00df',
        'X-Empty:',
      ),
    )
    const seen = JSON.parse(Buffer.from(response.body, 'latin1').toString()) as {
      headers: Record<string, string>
      raw: string[]
    }
    assert.equal(seen.headers['x-mixed-case'], 'a, b')
    assert.equal(seen.headers['x-latin'], 'gr\u00fc\u00df')
    assert.equal(seen.headers['x-empty'], '')
    assert.deepEqual(seen.raw.slice(0, 6), [
      'Host',
      'test',
      'X-Mixed-Case',
      'a',
      'x-mixed-case',
      'b',
    ])
  })

  test('with Upgrade are handled as plain requests', async () => {
    const { status } = await rawRequest(
      server.port,
      get('/api/hello', 'Connection: Upgrade', 'Upgrade: h2c'),
    )
    assert.equal(status, 200)
  })

  test('can begin with empty lines', async () => {
    assert.equal((await rawRequest(server.port, `\r\n${get('/api/hello')}`)).status, 200)
  })
})

describe('responses', () => {
  test('to HEAD have no body, and the next response follows', async () => {
    using client = await RawClient.connect(server.port)
    await client.send(
      'HEAD /api/hello HTTP/1.1\r\nHost: test\r\n\r\n' +
        'HEAD /api/methods HTTP/1.1\r\nHost: test\r\n\r\n' +
        get('/api/hello'),
    )
    const { status, headers } = await client.response({ head: true })
    assert.deepEqual([status, headers['content-length']], [200, '17'])
    assert.equal((await client.response({ head: true })).status, 200)
    assert.equal((await client.response()).body, '{"hello":"world"}')
  })

  test('that are streamed are chunked', async () => {
    const { headers, body } = await rawRequest(server.port, post('/api/turns', 'x'))
    assert.deepEqual(
      [headers['transfer-encoding'], headers['content-length'], body],
      ['chunked', undefined, '[x]end'],
    )
  })

  test('that are streamed over HTTP/1.0 end with the connection', async () => {
    const { headers, body } = await rawRequest(
      server.port,
      'POST /api/turns HTTP/1.0\r\nContent-Length: 1\r\n\r\nx',
    )
    assert.deepEqual([headers['transfer-encoding'], body], [undefined, '[x]end'])
  })

  test('with 204 have neither body nor length', async () => {
    using client = await RawClient.connect(server.port)
    await client.send('DELETE /api/methods HTTP/1.1\r\nHost: test\r\n\r\n' + get('/api/hello'))
    const { status, headers } = await client.response()
    assert.deepEqual(
      [status, headers['content-length'], headers['transfer-encoding']],
      [204, undefined, undefined],
    )
    assert.equal((await client.response()).status, 200)
  })
})
