/**
 * Tests that `millrace dev` only responds to requests for local host names, which protects it from
 * other sites through DNS rebinding.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { project, rawRequest, type Server, startServer } from './support/index.ts'

async function develop(
  t: TestContext,
  files: Record<string, string>,
  args: readonly string[] = [],
): Promise<Server> {
  const server = await startServer({ command: 'dev', directory: project({ files }), args })
  t.after(() => server.stop())
  return server
}

const hello = {
  'pages/api/hello.js': 'export default (_, response) => response.send("hello")',
  'public/a.txt': 'a',
}
const get = (server: Server, host: string | null, path = '/api/hello') =>
  rawRequest(
    server.port,
    `GET ${path} HTTP/1.${host === null ? 0 : 1}\r\n${host === null ? '' : `Host: ${host}\r\n`}Connection: close\r\n\r\n`,
  )

test('a foreign host gets a 403 response that says what to do', async (t) => {
  const server = await develop(t, hello)
  for (const host of [
    'localhost',
    `localhost:${server.port}`,
    'app.localhost',
    '127.0.0.1:1',
    '[::1]',
    '10.0.0.1',
    null,
  ]) {
    assert.equal((await get(server, host)).status, 200, String(host))
  }
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example']) {
    for (const path of ['/api/hello', '/a.txt', '/nowhere']) {
      const response = await get(server, host, path)
      assert.equal(response.status, 403, `${host} ${path}`)
      assert.match(response.body, /allowedDevOrigins/)
    }
  }
  assert.equal(
    (
      await rawRequest(
        server.port,
        'GET http://evil.example/api/hello HTTP/1.1\r\nHost: localhost\r\n\r\n',
      )
    ).status,
    403,
  )
})

test('allowedDevOrigins and --hostname add hosts', async (t) => {
  const config = "export default { allowedDevOrigins: ['one.example', '*.two.example'] }"
  const server = await develop(t, { ...hello, 'next.config.mjs': config }, [
    '--hostname',
    '0.0.0.0',
  ])
  for (const host of ['one.example', 'a.two.example:80', '0.0.0.0'])
    assert.equal((await get(server, host)).status, 200, String(host))
  for (const host of ['a.one.example', 'two.example'])
    assert.equal((await get(server, host)).status, 403, host)
})

test('build errors are not shown to a foreign host either', async (t) => {
  const server = await develop(t, { ...hello, 'next.config.mjs': 'export default { secret' })
  assert.equal((await get(server, 'localhost')).status, 500)
  assert.equal((await get(server, 'evil.example')).status, 403)
})
