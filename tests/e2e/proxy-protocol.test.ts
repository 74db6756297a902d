/** Tests connections of trusted proxies that begin with a header of the PROXY protocol. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as tcpConnect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { connect as tlsConnect } from 'node:tls'
import { hasHaproxy, startHaproxy } from '../smuggling/servers.ts'
import {
  build,
  makeCertificate,
  project,
  RawClient,
  rawRequest,
  type Server,
  startServer,
  write,
} from './support/index.ts'

let directory: string
before(async () => {
  directory = project({
    files: {
      'package.json': '{ "name": "proxy-protocol", "private": true }',
      // startHaproxy() waits for its response.
      'app/ready/route.js': "export const GET = () => new Response('ready')",
      'pages/api/peer.js': `
        export default (req, res) => res.json([req.socket.remoteAddress, req.socket.remotePort, req.headers['x-forwarded-for']])`,
    },
  })
  await build(directory)
})

const request =
  'GET /api/peer HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n'
const line = 'PROXY TCP4 192.0.2.7 10.0.0.1 4711 80\r\n'
const client = ['192.0.2.7', 4711, '192.0.2.7']

/** A header of version 2, for the same client. */
const binary = Buffer.concat([
  Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'),
  Buffer.from([0x21, 0x11, 0, 12 + 7]),
  Buffer.from([192, 0, 2, 7, 10, 0, 0, 1, 4711 >> 8, 4711 & 0xff, 0, 80]),
  // An optional field.
  Buffer.from([0x03, 0, 4, 1, 2, 3, 4]),
])

const toml = (network: string, more = '') =>
  `[server]\nproxy_protocol = true\ntrusted_proxies = ["${network}"]\n${more}`

function serve(settings: string, origin?: RegExp): Promise<Server> {
  write(directory, 'millrace.toml', settings)
  const options = { command: 'start', directory, args: ['--workers', '1'] } as const
  return startServer(origin === undefined ? options : { ...options, origin })
}

describe('a connection of a trusted proxy', () => {
  let server: Server
  before(async () => {
    server = await serve(toml('127.0.0.1'))
  })
  after(() => server?.stop())

  async function ask(header: string | Uint8Array): Promise<unknown> {
    using raw = await RawClient.connect(server.port)
    await raw.send(header)
    await raw.send(request)
    return JSON.parse((await raw.response()).body)
  }

  test('is one of the client that its header names', async () => {
    assert.deepEqual(await ask(line), client)
    assert.deepEqual(await ask(binary), client)
    assert.deepEqual(await ask('PROXY TCP6 2001:db8::7 ::1 4711 80\r\n'), [
      '2001:db8::7',
      4711,
      '2001:db8::7',
    ])
  })

  test('is one of the proxy where it speaks for itself', async () => {
    const [address] = (await ask('PROXY UNKNOWN\r\n')) as string[]
    assert.equal(address, '6.6.6.6', 'a trusted proxy may name a client in a field')
  })

  test('can send its header byte by byte, and with the request', async () => {
    for (const header of [Buffer.from(line, 'latin1'), binary]) {
      using raw = await RawClient.connect(server.port)
      for (const byte of header) await raw.send(Uint8Array.of(byte))
      await raw.send(request)
      assert.deepEqual(JSON.parse((await raw.response()).body), client)
      assert.deepEqual(await ask(Buffer.concat([header, Buffer.from('')])), client)
    }
  })

  test('is closed where there is no valid header', async () => {
    for (const bytes of [request, 'PROXY TCP4 1.2.3.4\r\n', 'PROXY nonsense\r\n']) {
      const socket = tcpConnect({ port: server.port, host: '127.0.0.1' })
      socket.on('error', () => {})
      let received = ''
      socket.on('data', (data) => (received += data))
      socket.write(bytes)
      await new Promise((resolve) => socket.once('close', resolve))
      assert.equal(received, '')
    }
    await server.printed(/closed a connection of the trusted proxy .*127\.0\.0\.1/)
  })

  test('works with HAProxy', {
    skip: hasHaproxy ? false : 'HAProxy is not installed',
  }, async () => {
    for (const version of ['send-proxy', 'send-proxy-v2']) {
      const proxy = await startHaproxy(server.port, version)
      try {
        const { body } = await rawRequest(proxy.port, request)
        const [address, port] = JSON.parse(body)
        // The client of HAProxy is on this machine, and so its own field counts.
        assert.deepEqual([address, port], ['6.6.6.6', 0], version)
      } finally {
        await proxy.stop()
      }
    }
  })
})

test('other clients have no header', async () => {
  const server = await serve(toml('10.0.0.0/8'))
  try {
    const { body } = await rawRequest(server.port, request)
    assert.deepEqual(JSON.parse(body)[2], '::ffff:127.0.0.1')
    assert.equal((await rawRequest(server.port, line + request)).status, 400)
  } finally {
    await server.stop()
  }
})

test('a TLS handshake follows the header', async () => {
  makeCertificate(directory, 'site', 'localhost')
  const tls = '[tls]\ncertificate = "site.pem"\nkey = "site.key"\n'
  const server = await serve(toml('127.0.0.1', tls), /https:\/\/[^:]+:(\d+)/)
  try {
    const tcp = tcpConnect({ port: server.port, host: '127.0.0.1' })
    await once(tcp, 'connect')
    tcp.write(binary)
    const secured = tlsConnect({ socket: tcp, rejectUnauthorized: false })
    secured.write(request)
    let text = ''
    for await (const chunk of secured) text += chunk
    assert.match(text, /\["192\.0\.2\.7",4711,"192\.0\.2\.7"\]/)
  } finally {
    await server.stop()
  }
})
