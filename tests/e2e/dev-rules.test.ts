/**
 * Tests which rules of millrace.toml for requests `millrace dev` applies: those that a browser or a
 * client sees, so that they can be tried before a deploy.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { project, rawRequest, type Server, startServer, write } from './support/index.ts'

const origin = 'https://app.example.com'
const cors = `[[cors]]
routes = ["/api/**"]
origins = ["${origin}"]
`

async function develop(
  t: TestContext,
  toml: string,
): Promise<{ server: Server; save(toml: string): void }> {
  const directory = project({
    files: {
      'package.json': '{ "name": "dev-rules", "private": true }',
      'millrace.toml': toml,
      'app/api/url/route.js': 'export const GET = (request) => Response.json(request.url)',
    },
  })
  const server = await startServer({ command: 'dev', directory })
  t.after(() => server.stop())
  return { server, save: (text) => write(directory, 'millrace.toml', text) }
}

const fieldsOf = async (server: Server): Promise<Headers> => {
  const response = await fetch(`${server.url}/api/url`, { headers: { origin } })
  await response.arrayBuffer()
  assert.equal(response.status, 200)
  return response.headers
}

test('CORS and response fields', async (t) => {
  const { server, save } = await develop(t, cors)
  assert.equal((await fieldsOf(server)).get('access-control-allow-origin'), origin)
  const preflight = await fetch(`${server.url}/api/url`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'GET' },
  })
  assert.equal(preflight.status, 204)

  // A save takes effect with the next request, as one of the code does.
  save('[[headers]]\nroutes = ["/**"]\nset = { "X-Frame-Options" = "DENY" }\n')
  const saved = await fieldsOf(server)
  assert.equal(saved.get('x-frame-options'), 'DENY')
  assert.equal(saved.get('access-control-allow-origin'), null)
})

test('rates', async (t) => {
  const { server } = await develop(
    t,
    '[limits]\nexempt_clients = []\n[[limits.rate]]\nroutes = ["/api/**"]\nlimit = "1/1h"\n',
  )
  const ask = async (): Promise<number> => (await fetch(`${server.url}/api/url`)).status
  assert.equal(await ask(), 200)
  assert.equal(await ask(), 429)
})

test('trusted proxies, but neither allowed hosts nor the PROXY protocol', async (t) => {
  const { server } = await develop(
    t,
    '[server]\ntrusted_proxies = ["127.0.0.1"]\nallowed_hosts = ["example.com"]\nproxy_protocol = true\n',
  )
  const url = async (fields: string): Promise<string> => {
    const host = `localhost:${server.port}`
    const { status, body } = await rawRequest(
      server.port,
      `GET /api/url HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${fields}\r\n`,
    )
    assert.equal(status, 200, body)
    return JSON.parse(body) as string
  }
  assert.equal(await url(''), `http://localhost:${server.port}/api/url`)
  assert.equal(
    await url('X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n'),
    `https://localhost:${server.port}/api/url`,
  )
})
