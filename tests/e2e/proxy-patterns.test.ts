/**
 * Tests matchers and rules with hostile requests: a rule that cannot be decided lets no request
 * through.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build, project, rawRequest, run, type Server, startServer } from './support/index.ts'

const route =
  "export const GET = (request) => new Response('open ' + (request.headers.get('x-kind') ?? ''))"
const guard = (matcher: unknown): string =>
  `export const proxy = (request) => request.headers.has('authorization') ? undefined : new Response('sign in', { status: 401 })
export const config = { matcher: ${JSON.stringify(matcher)} }`

/**
 * Segments: as many as before the fault was seen, as where it was seen, and as fit into a request's
 * head.
 */
const counts = [2042, 2043, 7900]
const below = (start: string, count: number): string => `${start}/${'a/'.repeat(count)}z`
/** A subject that keeps `(a+)+` busy practically forever. */
const endless = `${'a'.repeat(64)}!`
const slowCondition = [{ type: 'header', key: 'x-kind', value: '(a+)+' }]

async function start(files: Record<string, string>): Promise<Server> {
  const directory = project({ files: { 'app/[...path]/route.js': route, ...files } })
  await build(directory)
  return await startServer({ command: 'start', directory, args: ['--workers', '1'] })
}

interface TextResponse {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

async function get(
  { url }: Server,
  path: string,
  headers: Record<string, string> = {},
): Promise<TextResponse> {
  const response = await fetch(url + path, { redirect: 'manual', headers })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

test('a guarded path is guarded whatever its length', async () => {
  await using server = await start({
    'proxy.js': guard([
      '/api/:path*',
      '/star/:path*',
      '/plus/:path+',
      '/named/:a/:path*',
      '/group{/:path}*',
      '/both/:path*/end',
      '/rest(.*)',
    ]),
  })
  for (const name of ['star', 'plus', 'named', 'group', 'rest']) {
    for (const count of counts) {
      const path = below(`/${name}`, count)
      assert.equal((await get(server, path)).status, 401, `${name}, ${count} segments`)
      assert.equal(
        (await get(server, path, { authorization: 'x' })).text,
        'open ',
        `${name}, ${count} segments, signed in`,
      )
    }
    // Escapes are decoded before a matcher is applied.
    assert.equal(
      (await get(server, below(`/%${name.charCodeAt(0).toString(16)}${name.slice(1)}`, 2043)))
        .status,
      401,
    )
  }
  assert.equal((await get(server, below('/api/files', 2043))).status, 401)
  assert.equal((await get(server, `${below('/both', 2043)}/end`)).status, 401)
  assert.equal((await get(server, below('/both', 2043))).status, 200)
  assert.equal((await get(server, below('/other', 7900))).text, 'open ')
})

test('a matcher for all paths matches all of them', async () => {
  await using server = await start({ 'proxy.js': guard('/:path*') })
  for (const count of counts)
    assert.equal((await get(server, below('/api/files', count))).status, 401)
})

test('rules of next.config apply whatever the length', async () => {
  await using server = await start({
    'next.config.mjs': `export default {
      headers: () => [{ source: '/:path*', headers: [{ key: 'content-security-policy', value: "default-src 'none'" }] }],
      redirects: () => [{ source: '/old/:path*', destination: '/new', permanent: true }],
      rewrites: () => ({ beforeFiles: [{ source: '/hidden/:path*', destination: '/404-instead/x/y' }], afterFiles: [], fallback: [] }),
    }`,
    'app/404-instead/x/y/route.js': "export const GET = () => new Response('instead')",
  })
  for (const count of counts) {
    assert.equal(
      (await get(server, below('/files', count))).headers.get('content-security-policy'),
      "default-src 'none'",
    )
    const moved = await get(server, below('/old', count))
    assert.deepEqual([moved.status, moved.headers.get('location')], [308, '/new'])
    assert.equal((await get(server, below('/hidden', count))).text, 'instead')
  }
})

test('a rule that cannot be decided causes a 400 and is named in the log', async () => {
  await using server = await start({
    'proxy.js': guard([
      { source: '/has/:path*', has: slowCondition },
      { source: '/missing/:path*', missing: slowCondition },
      '/path/:path((?:a+)+)',
    ]),
    'next.config.mjs': `const slow = ${JSON.stringify(slowCondition)}
    export default {
      headers: () => [{ source: '/headers/:path*', has: slow, headers: [{ key: 'x-set', value: 'yes' }] }],
      redirects: () => [{ source: '/old/:path*', missing: slow, destination: '/new', permanent: true }],
      rewrites: () => ({
        beforeFiles: [{ source: '/before/:path*', has: slow, destination: '/x' }],
        afterFiles: [{ source: '/after/:path*', has: slow, destination: '/x' }],
        fallback: [],
      }),
    }`,
  })
  for (const name of ['has', 'missing', 'headers', 'old', 'before', 'after']) {
    const from = server.output().length
    const response = await get(server, `/${name}/x`, { 'x-kind': endless })
    assert.equal(response.status, 400, name)
    assert.doesNotMatch(response.text, /open|instead/)
    await server.printed(new RegExp(`the rule for /${name}/:path\\* matches a request`), from)
  }
  const from = server.output().length
  assert.equal((await get(server, `/path/${endless}`)).status, 400)
  await server.printed(
    /the rule for \/path\/:path\(\(\?:a\+\)\+\) matches a request: matching takes too much work/,
    from,
  )
  // Requests that can be decided are not affected.
  assert.equal((await get(server, '/has/x', { 'x-kind': 'aa' })).status, 401)
  assert.equal((await get(server, '/has/x', { 'x-kind': 'b' })).text, 'open b')
  assert.equal((await get(server, '/missing/x', { 'x-kind': 'aa' })).text, 'open aa')
  assert.equal((await get(server, '/missing/x')).status, 401)
  assert.equal((await get(server, '/headers/x', { 'x-kind': 'a' })).headers.get('x-set'), 'yes')
  assert.equal((await get(server, '/old/x', { 'x-kind': 'b' })).status, 308)
})

test('a matcher treats letters outside of ASCII as letters', async () => {
  await using server = await start({
    'proxy.js': guard([
      '/word/:x([а-я]+)',
      '/one/:x(.)',
      { source: '/field/:path*', has: [{ type: 'header', key: 'x-kind', value: '.é.' }] },
    ]),
  })
  assert.equal((await get(server, '/word/%D0%BF%D1%80%D0%B8')).status, 401)
  assert.equal((await get(server, '/word/abc')).status, 200)
  assert.equal((await get(server, '/one/%C3%A9')).status, 401)
  const request = Buffer.from(
    'GET /field/x HTTP/1.1\r\nHost: localhost\r\nX-Kind: aéb\r\nConnection: close\r\n\r\n',
    'latin1',
  )
  assert.equal((await rawRequest(server.port, request)).status, 401)
})

test('a pattern that cannot be matched as in JavaScript fails the build', async () => {
  const matcher = [
    { source: '/api/:path*', has: [{ type: 'header', key: 'x-kind', value: '(?<=a+)b' }] },
  ]
  const directory = project({
    files: { 'app/[...path]/route.js': route, 'proxy.js': guard(matcher) },
  })
  const { code, stderr } = await run(['build', directory])
  assert.equal(code, 1)
  assert.match(
    stderr,
    /the rule for \/api\/:path\*: the pattern \^\(\?<=a\+\)b\$ cannot be compiled: lookbehind assertion is not fixed length/,
  )
})
