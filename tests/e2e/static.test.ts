/**
 * Tests static GETs: evaluated at build time, served by the server, and revalidated by one worker
 * for all waiting requests.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { build, project, RawClient, run, type Server, startServer, write } from './support/index.ts'

const files = {
  'package.json': '{ "name": "static", "private": true }',
  'app/api/made/route.js': `
    export const dynamic = 'force-static'
    export const GET = () => Response.json({ pid: process.pid })`,
  // Waits for a file of that name, and records that it was called.
  'app/api/slow/[id]/route.js': `
    import { appendFileSync, existsSync } from 'node:fs'
    export const generateStaticParams = () => []
    export async function GET(request, { params }) {
      const { id } = await params
      appendFileSync('calls', id + '\\n')
      while (!existsSync('go-' + id)) await new Promise((resolve) => setTimeout(resolve, 5))
      if (id === 'dies') process.kill(process.pid, 'SIGKILL')
      if (id === 'throws') throw new Error('no response')
      return Response.json({ id })
    }`,
  'pages/api/renew.js': `
    export default async function (request, response) {
      const done = await response.revalidate(request.query.path).then(() => 'done', String)
      response.json({ done })
    }`,
}

async function serve(): Promise<{ server: Server; directory: string; calls: () => string[] }> {
  const directory = project({ files })
  await build(directory)
  const server = await startServer({ command: 'start', directory, args: ['--workers', '2'] })
  const calls = (): string[] => {
    const file = join(directory, 'calls')
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
  }
  return { server, directory, calls }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`

describe('static GETs', { timeout: 60_000 }, () => {
  test('are evaluated once for all waiting clients, even if some disconnect', async () => {
    const { server, directory, calls } = await serve()
    try {
      const responses = Array.from({ length: 20 }, () => fetch(`${server.url}/api/slow/a`))
      {
        using gone = await RawClient.connect(server.port)
        await gone.send(get('/api/slow/a'))
        await until(() => calls().length > 0)
      }
      write(directory, 'go-a', '')
      for (const response of await Promise.all(responses)) {
        assert.equal(response.headers.get('x-nextjs-cache'), 'MISS')
        assert.deepEqual(await response.json(), { id: 'a' })
      }
      assert.equal((await fetch(`${server.url}/api/slow/a`)).headers.get('x-nextjs-cache'), 'HIT')
      assert.deepEqual(calls(), ['a'])
    } finally {
      await server.stop()
    }
  })

  test('that fail return an error to waiting clients, and are tried again', async () => {
    const { server, directory, calls } = await serve()
    try {
      write(directory, 'go-throws', '')
      write(directory, 'go-dies', '')
      assert.equal((await fetch(`${server.url}/api/slow/throws`)).status, 500)
      assert.equal((await fetch(`${server.url}/api/slow/throws`)).status, 500)
      assert.equal((await fetch(`${server.url}/api/slow/dies`)).status, 502)
      assert.deepEqual(calls(), ['throws', 'throws', 'dies'])
      const renewed = await fetch(`${server.url}/api/renew?path=/api/slow/throws`)
      assert.deepEqual(await renewed.json(), {
        done: 'Error: Failed to revalidate /api/slow/throws: Invalid response 500',
      })
    } finally {
      await server.stop()
    }
  })

  test('of the build are served without a worker, and to new clients during a revalidation', async () => {
    const { server, directory, calls } = await serve()
    try {
      const first = await fetch(`${server.url}/api/made`)
      const { pid } = (await first.json()) as { pid: number }
      assert.equal(first.headers.get('x-nextjs-cache'), 'HIT')
      assert.throws(() => process.kill(pid, 0))
      // A revalidation that does not end only delays the client that requested it.
      const renewing = fetch(`${server.url}/api/renew?path=/api/slow/b`)
      await until(() => calls().length > 0)
      assert.equal((await fetch(`${server.url}/api/made`)).status, 200)
      write(directory, 'go-b', '')
      assert.deepEqual(await (await renewing).json(), { done: 'done' })
      assert.equal((await fetch(`${server.url}/api/slow/b`)).headers.get('x-nextjs-cache'), 'HIT')
    } finally {
      await server.stop()
    }
  })

  for (const [what, source, message] of [
    ['throws', `export const GET = () => { throw new Error('no database') }`, /Error: no database/],
    [
      'needs a request',
      `import { headers } from 'next/headers'\nexport const dynamic = 'error'\nexport const GET = async () => Response.json(await headers())`,
      /couldn't be rendered statically because it used `headers`/,
    ],
    [
      'lists wrong parameters',
      `export const generateStaticParams = () => [{ id: 1 }]\nexport const GET = () => new Response()`,
      /A required parameter \(id\) was not provided as a string received number/,
    ],
  ] as const) {
    test(`fail the build if the handler ${what}`, async () => {
      const config = source.includes('dynamic') ? '' : `export const revalidate = 60\n`
      const path =
        what === 'lists wrong parameters' ? 'app/api/x/[id]/route.js' : 'app/api/x/route.js'
      const directory = project({
        files: { 'package.json': '{ "private": true }', [path]: config + source },
      })
      const built = await run(['build', directory])
      assert.equal(built.code, 1)
      assert.match(built.stderr, message)
      assert.match(
        built.stderr,
        new RegExp(
          `Error occurred prerendering page "/api/x.*${path.replaceAll(/[[\]]/g, '\\$&')}`,
        ),
      )
      assert.equal(existsSync(join(directory, '.millrace/current/manifest.json')), false)
    })
  }

  test('under cacheComponents, request data read in callbacks and in fetch() makes a route dynamic and is not an error', async () => {
    const origin = createServer((request, response) => response.end(request.url))
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
    const { port } = origin.address() as AddressInfo
    const route = (body: string) => `export async function GET() { ${body} }`
    const address = `http://127.0.0.1:${port}`
    const directory = project({
      files: {
        'package.json': '{ "private": true }',
        'next.config.mjs': 'export default { cacheComponents: true }',
        'app/api/plain/route.js': route(
          `return new Response(await (await fetch('${address}/plain')).text())`,
        ),
        'app/api/forced/route.js': route(
          `return new Response(await (await fetch('${address}/forced', { cache: 'force-cache' })).text())`,
        ),
        'app/api/awaited/route.js': route(
          'return new Response(await new Promise((done) => setImmediate(() => done(crypto.randomUUID()))))',
        ),
        'app/api/left/route.js': route(
          `setImmediate(() => crypto.randomUUID()); setTimeout(() => Date.now()); return new Response('x')`,
        ),
        'app/api/now/route.js': route('return new Response(String(Date.now()))'),
      },
    })
    const built = await run(['build', directory])
    origin.close()
    assert.equal(built.code, 0, built.stderr)
    const marks = [...built.stdout.matchAll(/([ƒ○]) \/api\/(\w+)/g)].map(
      ([, mark, name]) => `${name} ${mark}`,
    )
    assert.deepEqual(marks.sort(), ['awaited ƒ', 'forced ○', 'left ○', 'now ƒ', 'plain ƒ'])
  })

  test('an uncaught error during the evaluation of a route is reported for the route', async () => {
    const directory = project({
      files: {
        'package.json': '{ "private": true }',
        'app/api/x/route.js': `export const dynamic = 'force-static'\nexport const GET = () => new Promise(() => setImmediate(() => { throw new Error('left alone') }))`,
      },
    })
    const built = await run(['build', directory])
    assert.equal(built.code, 1)
    assert.match(
      built.stderr,
      /Error occurred prerendering page "\/api\/x" \(app\/api\/x\/route\.js\):\nError: left alone/,
    )
  })

  test('fail the build if a route has options that cacheComponents does not allow', async () => {
    const files = {
      'package.json': '{ "private": true }',
      'next.config.mjs': 'export default { cacheComponents: true }',
      'app/api/x/route.js': `export const revalidate = 60\nexport const GET = () => new Response()`,
    }
    const built = await run(['build', project({ files })])
    assert.equal(built.code, 1)
    assert.match(
      built.stderr,
      /app\/api\/x\/route\.js: Route segment config "revalidate" is not compatible with `nextConfig\.cacheComponents`/,
    )
  })
})
