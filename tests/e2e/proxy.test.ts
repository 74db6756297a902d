/**
 * Tests the proxy and instrumentation files: the effect of saves, and of mistakes in them.
 */

import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { build, project, type Server, startServer, write } from './support/index.ts'

const route =
  "export default (req, res) => res.send(`${req.headers['x-proxy'] ?? 'none'} ${globalThis.registered ?? 'none'}`)"
const proxy = (text: string): string =>
  `import { NextResponse } from 'next/server'\nexport const proxy = () => NextResponse.next({ request: { headers: new Headers({ 'x-proxy': '${text}' }) } })`
const instrumentation = (text: string): string =>
  `export function register() { globalThis.registered = '${text}' }`

async function develop(
  t: TestContext,
  files: Record<string, string>,
): Promise<{ server: Server; directory: string }> {
  const directory = project({ files })
  const server = await startServer({ command: 'dev', directory, args: ['--workers', '1'] })
  t.after(() => server.stop())
  return { server, directory }
}

const get = async ({ url }: Server): Promise<[number, string]> => {
  const response = await fetch(`${url}/api/a`)
  return [response.status, await response.text()]
}

test('a proxy file can be added, changed, broken, fixed and removed', async (t) => {
  const { server, directory } = await develop(t, { 'pages/api/a.js': route })
  assert.deepEqual(await get(server), [200, 'none none'])
  write(directory, 'proxy.js', proxy('one'))
  assert.deepEqual(await get(server), [200, 'one none'])
  write(directory, 'proxy.js', proxy('two'))
  assert.deepEqual(await get(server), [200, 'two none'])
  write(directory, 'proxy.js', 'export const proxy = (')
  const [status, text] = await get(server)
  assert.equal(status, 500)
  assert.match(text, /proxy\.js/)
  write(directory, 'proxy.js', proxy('three'))
  assert.deepEqual(await get(server), [200, 'three none'])
  rmSync(join(directory, 'proxy.js'))
  assert.deepEqual(await get(server), [200, 'none none'])
})

test('a changed matcher applies at once', async (t) => {
  const matching = (path: string) => `${proxy('ran')}\nexport const config = { matcher: '${path}' }`
  const { server, directory } = await develop(t, {
    'pages/api/a.js': route,
    'proxy.js': matching('/api/b'),
  })
  assert.deepEqual(await get(server), [200, 'none none'])
  write(directory, 'proxy.js', matching('/api/:path*'))
  assert.deepEqual(await get(server), [200, 'ran none'])
})

test('instrumentation is registered again after a change', async (t) => {
  const { server, directory } = await develop(t, {
    'pages/api/a.js': route,
    'instrumentation.js': instrumentation('one'),
  })
  assert.deepEqual(await get(server), [200, 'none one'])
  write(directory, 'instrumentation.js', instrumentation('two'))
  assert.deepEqual(await get(server), [200, 'none two'])
  write(directory, 'pages/api/a.js', `${route} // changed`)
  assert.deepEqual(await get(server), [200, 'none two'])
})

test('an error in the proxy file is a 500 and is passed to onRequestError', async (t) => {
  const directory = project({
    files: {
      'pages/api/a.js': 'export default (req, res) => res.json(globalThis.reported ?? null)',
      'proxy.js':
        "export function proxy(request) { if (request.nextUrl.searchParams.has('fail')) throw new Error('broken') }",
      'instrumentation.js':
        'export function onRequestError(error, request, context) { globalThis.reported = [error.message, request.path, context] }',
    },
  })
  await build(directory)
  const server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
  t.after(() => server.stop())
  const failed = await fetch(`${server.url}/api/a?fail=1`)
  assert.equal(failed.status, 500)
  assert.equal(await failed.text(), 'Internal Server Error')
  const reports: unknown = await (await fetch(`${server.url}/api/a`)).json()
  assert.deepEqual(reports, [
    'broken',
    '/api/a?fail=1',
    { routerKind: 'Pages Router', routePath: '/proxy', routeType: 'proxy' },
  ])
})
