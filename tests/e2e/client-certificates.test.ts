/**
 * Tests client certificates: which clients are served, and that routes get the certificate which
 * the client has proved, over HTTP/1.1 and over HTTP/2, and never one that it only states.
 */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { request } from 'node:https'
import { join } from 'node:path'
import { before, test } from 'node:test'
import {
  build,
  makeCertificate,
  project,
  type Server,
  startServer,
  write,
} from './support/index.ts'

const directory = project({
  files: {
    'package.json': '{ "private": true }',
    'app/seen/route.js':
      "export const dynamic = 'force-dynamic'\nexport const GET = (request) => Response.json(request.headers.get('client-cert'))",
  },
})
before(async () => {
  for (const name of ['server', 'client', 'stranger'])
    makeCertificate(directory, name, `${name}.example`)
  await build(directory)
})

async function serve(mode: 'required' | 'optional'): Promise<Server> {
  write(
    directory,
    'millrace.toml',
    `[tls]\ncertificate = "server.pem"\nkey = "server.key"\nclient_certificates = "${mode}"\nclient_authorities = "client.pem"\n[limits]\nlinger = 0\n`,
  )
  return startServer({
    command: 'start',
    directory,
    args: ['--workers', '1'],
    origin: /https:\/\/localhost:(\d+)/,
  })
}

const read = (file: string): Buffer => readFileSync(join(directory, file))
const presents = (name: string | null) =>
  name === null ? {} : { cert: read(`${name}.pem`), key: read(`${name}.key`) }
/** What a route gets for a certificate (RFC 9440). */
const fieldOf = (name: string): string =>
  `:${new X509Certificate(read(`${name}.pem`)).raw.toString('base64')}:`
const forged = { 'client-cert': ':Zm9yZ2Vk:' }

/** Returns what the route sees, over HTTP/1.1. */
function seen(server: Server, name: string | null): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = request(`https://127.0.0.1:${server.port}/seen`, {
      ...presents(name),
      headers: forged,
      rejectUnauthorized: false,
      agent: false,
    })
    sent.once('error', reject)
    sent.once('response', async (response) => {
      let text = ''
      for await (const piece of response.setEncoding('utf8')) text += piece
      resolve(JSON.parse(text))
    })
    sent.end()
  })
}

/** Returns what the route sees, for two requests on a connection of HTTP/2. */
async function seenByStreams(server: Server, name: string | null): Promise<unknown[]> {
  const session = connectHttp2(`https://127.0.0.1:${server.port}`, {
    ...presents(name),
    rejectUnauthorized: false,
  })
  try {
    const ask = async (): Promise<unknown> => {
      const stream = session.request({ ':path': '/seen', ...forged })
      let text = ''
      for await (const piece of stream.setEncoding('utf8')) text += piece
      return JSON.parse(text)
    }
    const failed = once(session, 'error').then(([error]) => Promise.reject(error))
    return await Promise.race([Promise.all([ask(), ask()]), failed])
  } finally {
    session.destroy()
  }
}

test('a required certificate reaches the route, whatever the client states', async () => {
  await using server = await serve('required')
  const field = fieldOf('client')
  assert.equal(await seen(server, 'client'), field)
  assert.deepEqual(await seenByStreams(server, 'client'), [field, field])
})

test('without a required certificate, or with one of a stranger, no request is served', async () => {
  await using server = await serve('required')
  for (const name of [null, 'stranger']) {
    await assert.rejects(seen(server, name))
    await assert.rejects(seenByStreams(server, name))
  }
})

test('a client without an optional certificate has none, even if it states one', async () => {
  await using server = await serve('optional')
  assert.equal(await seen(server, null), null)
  assert.deepEqual(await seenByStreams(server, null), [null, null])
  assert.equal(await seen(server, 'client'), fieldOf('client'))
  await assert.rejects(seen(server, 'stranger'))
})
