/**
 * Tests routes that the project's own `next build` compiles: one build of a small project, with
 * everything that holds for both engines.
 */

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { build, project, run, startServer, type Server, write } from './support/index.ts'

const loader = `module.exports = (text) => 'export default ' + JSON.stringify(text.trim().toUpperCase())`

const files = {
  'package.json': '{ "name": "engines", "private": true, "dependencies": { "next": "*" } }',
  'millrace.toml': '[[build.routes]]\nmatch = "/api/legacy/**"\nengine = "next"\n',
  'instrumentation.ts':
    'export function register() { globalThis.registered = (globalThis.registered ?? 0) + 1 }',
  'loud-loader.cjs': loader,
  'next.config.mjs': `
    import { fileURLToPath } from 'node:url'
    const loader = fileURLToPath(new URL('./loud-loader.cjs', import.meta.url))
    export default { turbopack: { rules: { '**/lib/*.loud': { loaders: [loader], as: '*.js' } } } }`,
  'lib/word.loud': 'spoken by the loader',
  'app/api/light/route.ts': `
    import { draftMode } from 'next/headers'
    import { revalidateTag, unstable_cache } from 'next/cache'
    let made = 0
    const kept = unstable_cache(async () => ++made, ['light'], { tags: ['both'] })
    export async function GET() {
      return Response.json({ kept: await kept(), draft: (await draftMode()).isEnabled, registered: globalThis.registered })
    }
    export async function POST() {
      revalidateTag('both', { expire: 0 })
      return new Response(null, { status: 204 })
    }`,
  'app/api/loud/route.ts': `
    import word from '../../../lib/word.loud'
    export const GET = () => new Response(word)
    export const POST = GET`,
  'app/api/legacy/echo/[id]/route.ts': `
    import { after } from 'next/server'
    import { cookies, draftMode } from 'next/headers'
    import { unstable_cache } from 'next/cache'
    let made = 0
    const kept = unstable_cache(async () => ++made, ['next'], { tags: ['both'] })
    export async function GET(request: Request, { params }: { params: Promise<{ id: string }> }) {
      ;(await cookies()).set('seen', 'yes')
      after(() => console.log('after the response'))
      const draft = (await draftMode()).isEnabled
      const { search } = new URL(request.url)
      return Response.json({ id: (await params).id, search, kept: await kept(), draft, registered: globalThis.registered })
    }
    export async function POST(request: Request) {
      return new Response(await request.text(), { status: 201 })
    }
    export async function PUT() {
      ;(await draftMode()).enable()
      return new Response(null, { status: 204 })
    }
    export async function PATCH(request: Request) {
      request.signal.addEventListener('abort', () => console.log('the client has gone'))
      return new Response(new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('first')) }))
    }
    export async function DELETE() {
      throw new Error('on purpose')
    }`,
  'app/api/legacy/static/route.ts': `
    export const dynamic = 'force-static'
    export const GET = () => Response.json({ phase: process.env.NEXT_PHASE ?? 'serving' })`,
  'app/api/legacy/edge/[id]/route.ts': `
    export const runtime = 'edge'
    export async function POST(request: Request, { params }: { params: Promise<{ id: string }> }) {
      return Response.json({ id: (await params).id, body: await request.text(), edge: typeof EdgeRuntime })
    }`,
  'lib/mark.svg':
    '<svg xmlns="http://www.w3.org/2000/svg" width="12" height="8"><rect width="12" height="8"/></svg>',
  'app/api/legacy/image/route.ts': `
    import mark from '../../../../lib/mark.svg'
    export const dynamic = 'force-dynamic'
    export const GET = () => new Response(mark.src)`,
  // A server in the worker that counts its requests.
  'lib/counted.ts': `
    import { createServer } from 'node:http'
    export async function counted(init?: RequestInit) {
      let count = 0
      const server = createServer((request, response) => response.end(String(++count)))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const url = 'http://127.0.0.1:' + server.address().port
      const ask = async () => Number(await (await fetch(url, init)).text())
      const counts = [await ask(), await ask()]
      server.close()
      return Response.json(counts)
    }`,
  'app/api/fetched/route.ts': `
    import { counted } from '../../../lib/counted'
    export const GET = (request: Request) => counted(request.headers.has('x-plain') ? {} : { next: { revalidate: 60 } })`,
  'app/api/legacy/fetched/route.ts': `
    import { counted } from '../../../../lib/counted'
    export const GET = (request: Request) => counted(request.headers.has('x-plain') ? {} : { next: { revalidate: 60 } })`,
  'pages/api/legacy/pets.ts': `
    export default function handler(req, res) {
      res.status(200).json({ query: req.query, body: req.body, method: req.method })
    }`,
}

const env = { NEXT_TELEMETRY_DISABLED: '1' }

describe('the engine next', { timeout: 600_000 }, () => {
  let directory: string
  let server: Server
  let printed: string

  before(async () => {
    directory = project({ files, forNext: true })
    printed = (await build(directory, { env })).stdout
    server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
  })
  after(() => server?.stop())

  test('is chosen for the routes that need it, with the reasons', () => {
    const { routes } = JSON.parse(
      readFileSync(join(directory, '.millrace/current/manifest.json'), 'utf8'),
    ) as { routes: { path: string; engine?: string }[] }
    const byNext = routes.filter(({ engine }) => engine === 'next').map(({ path }) => path)
    assert.deepEqual(byNext.sort(), [
      '/api/legacy/echo/[id]',
      '/api/legacy/edge/[id]',
      '/api/legacy/fetched',
      '/api/legacy/image',
      '/api/legacy/pets',
      '/api/legacy/static',
      '/api/loud',
    ])
    assert.match(
      printed,
      /^engine next: \/api\/legacy\/pets \(pages\/api\/legacy\/pets\.ts\): set in millrace\.toml$/m,
    )
    assert.match(printed, /^engine next: \/api\/loud \(app\/api\/loud\/route\.ts\): .*word\.loud/m)
    assert.match(printed, /Running onBuildComplete from Millrace/)
  })

  test('leaves the project unchanged', () => {
    assert.deepEqual(readdirSync(directory).sort(), [
      '.millrace',
      'app',
      'instrumentation.ts',
      'lib',
      'loud-loader.cjs',
      'millrace.toml',
      'next.config.mjs',
      'package.json',
      'pages',
    ])
  })

  test('millrace verify finds no difference between the engines', async () => {
    write(
      directory,
      'requests.http',
      `
GET /api/legacy/echo/7?x=1
###
POST /api/legacy/echo/7

all of it
###
DELETE /api/legacy/echo/7
###
POST /api/legacy/pets?id=3
Content-Type: application/json

{"a":1}
`,
    )
    const builds = (await run(['builds', directory])).stdout
    const { code, stdout, stderr } = await run(
      ['verify', '--requests', join(directory, 'requests.http'), directory],
      { env: { NEXT_TELEMETRY_DISABLED: '1' } },
    )
    assert.equal(code, 0, stdout + stderr)
    assert.match(stdout, /^4 requests: 4 equal, /m)
    assert.equal((await run(['builds', directory])).stdout, builds)
  })

  test('a route handler responds', async () => {
    const response = await fetch(`${server.url}/api/legacy/echo/7?x=1`)
    const { id, search } = (await response.json()) as Record<string, unknown>
    assert.deepEqual({ id, search }, { id: '7', search: '?x=1' })
    assert.equal(response.headers.get('set-cookie'), 'seen=yes; Path=/')
    await server.printed(/after the response/)
    const created = await fetch(`${server.url}/api/legacy/echo/7`, {
      method: 'POST',
      body: 'all of it',
    })
    assert.deepEqual([created.status, await created.text()], [201, 'all of it'])
    const failed = await fetch(`${server.url}/api/legacy/echo/7`, { method: 'DELETE' })
    assert.deepEqual([failed.status, await failed.text()], [500, ''])
    await server.printed(/on purpose/)
    assert.equal((await fetch(`${server.url}/api/legacy/echo/7`, { method: 'HEAD' })).status, 200)
  })

  test('fetch caches in routes of both engines in one worker', async () => {
    const counts = async (path: string, headers: Record<string, string> = {}) =>
      (await fetch(`${server.url}${path}`, { headers })).json()
    for (const path of ['/api/fetched', '/api/legacy/fetched', '/api/fetched']) {
      assert.deepEqual(await counts(path), [1, 1], path)
      assert.deepEqual(await counts(path, { 'x-plain': '1' }), [1, 2], path)
    }
  })

  test("the project's own bundler compiles it", async () => {
    assert.equal(await (await fetch(`${server.url}/api/loud`)).text(), 'SPOKEN BY THE LOADER')
  })

  test('a route of pages/api responds', async () => {
    const response = await fetch(`${server.url}/api/legacy/pets?id=3`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    })
    assert.deepEqual(await response.json(), { query: { id: '3' }, body: { a: 1 }, method: 'POST' })
    const long = await fetch(`${server.url}/api/legacy/pets`, {
      method: 'POST',
      body: 'x'.repeat(1_100_000),
    })
    assert.equal(long.status, 413)
  })

  test('a route of the edge runtime responds', async () => {
    const response = await fetch(`${server.url}/api/legacy/edge/9`, {
      method: 'POST',
      body: 'sent',
    })
    assert.deepEqual(await response.json(), { id: '9', body: 'sent', edge: 'string' })
  })

  test('a static response is the one of the build', async () => {
    const response = await fetch(`${server.url}/api/legacy/static`)
    assert.deepEqual(await response.json(), { phase: 'phase-production-build' })
    assert.equal(response.headers.get('x-nextjs-cache'), 'HIT')
  })

  test('an image is served under the URL of its import', async () => {
    const address = await (await fetch(`${server.url}/api/legacy/image`)).text()
    assert.match(address, /^\/_next\/static\/media\/mark\..+\.svg$/)
    const image = await fetch(server.url + address)
    assert.deepEqual([image.status, await image.text()], [200, files['lib/mark.svg']])
    assert.equal(image.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  })

  test('a stream arrives before its end, and a disconnected client is noticed', async () => {
    const leaving = new AbortController()
    const response = await fetch(`${server.url}/api/legacy/echo/7`, {
      method: 'PATCH',
      signal: leaving.signal,
    })
    const { value } = await response.body!.getReader().read()
    assert.equal(new TextDecoder().decode(value), 'first')
    leaving.abort()
    await server.printed(/the client has gone/)
  })

  test('tags, draft mode and instrumentation are shared by both engines', async () => {
    const getJson = async (path: string, cookie = ''): Promise<Record<string, unknown>> =>
      (await (await fetch(server.url + path, { headers: { cookie } })).json()) as Record<
        string,
        unknown
      >
    const light = async (cookie?: string) => getJson('/api/light', cookie)
    const next = async (cookie?: string) => getJson('/api/legacy/echo/1', cookie)
    const before = [(await light())['kept'], (await next())['kept']] as number[]
    assert.deepEqual([(await light())['kept'], (await next())['kept']], before)
    await fetch(`${server.url}/api/light`, { method: 'POST' })
    assert.deepEqual(
      [(await light())['kept'], (await next())['kept']],
      before.map((count) => count + 1),
    )

    const enabled = await fetch(`${server.url}/api/legacy/echo/1`, { method: 'PUT' })
    const cookie = enabled.headers.getSetCookie()[0]!.split(';')[0]!
    assert.deepEqual(
      [(await light(cookie))['draft'], (await next(cookie))['draft'], (await next())['draft']],
      [true, true, false],
    )
    assert.deepEqual([(await light())['registered'], (await next())['registered']], [1, 1])
  })

  test('without a suitable version of Next.js the build fails and says so', async () => {
    const { 'next.config.mjs': _, ...rest } = files
    const older = project({
      files: {
        ...rest,
        'node_modules/next/package.json': '{ "name": "next", "version": "15.5.0" }',
      },
    })
    const { code, stderr } = await run(['build', older])
    assert.equal(code, 1)
    assert.match(
      stderr,
      /pages\/api\/legacy\/pets\.ts: millrace\.toml sets the engine "next", but Next\.js 15\.5\.0 is installed, .* install 16\.2 or newer/,
    )
  })
})

describe('the engine next under dev', { timeout: 600_000 }, () => {
  test('next dev serves a route that needs it, and ends with the server', async () => {
    const directory = project({ files, forNext: true })
    await using server = await startServer({ command: 'dev', directory, env })
    assert.equal((await fetch(`${server.url}/api/light`)).status, 200)
    assert.ok(!server.output().includes('starting `next dev`'), 'not started before it is needed')
    const response = await fetch(`${server.url}/api/legacy/echo/7?x=1`, {
      method: 'POST',
      body: 'through',
    })
    assert.deepEqual([response.status, await response.text()], [201, 'through'])
    assert.equal(await (await fetch(`${server.url}/api/loud`)).text(), 'SPOKEN BY THE LOADER')
    assert.match(server.output(), /starting `next dev`/)
    const address = await (await fetch(`${server.url}/api/legacy/image`)).text()
    const image = await fetch(server.url + address)
    assert.deepEqual([image.status, await image.text()], [200, files['lib/mark.svg']])
    write(directory, 'lib/word.loud', 'another word')
    let text = ''
    for (let tries = 0; tries < 200 && text !== 'ANOTHER WORD'; ++tries)
      text = await (await fetch(`${server.url}/api/loud`)).text()
    assert.equal(text, 'ANOTHER WORD')
    assert.ok(
      !existsSync(join(directory, '.next')) && !existsSync(join(directory, 'next-env.d.ts')),
    )
    assert.ok(runningIn(directory) > 1)
    await server.stop()
    assert.equal(runningIn(directory), 0)
  })
})

/** Counts processes whose working directory it is. */
function runningIn(directory: string): number {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === directory
    } catch {
      return false
    }
  }).length
}
