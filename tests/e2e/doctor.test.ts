/**
 * Tests `millrace doctor`: what it says of projects is compared with what a server of the same
 * project does.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { build, project, run, startServer } from './support/index.ts'
import { builtFixture } from './support/whole_app.ts'

interface Part {
  readonly path: string
  readonly kind: string
  readonly file: string
  readonly served_by: string
  readonly served: string
  readonly pool: string
  readonly reason: string
}

interface Finding {
  readonly severity: string
  readonly about: string
  readonly text: string
  readonly remedy: string
}

interface Report {
  readonly code: number | null
  readonly serves_everything: boolean
  readonly parts: readonly Part[]
  readonly findings: readonly Finding[]
}

async function doctor(directory: string, ...args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await run(['doctor', directory, '--json', '-p', '0', ...args])
  assert.equal(stderr, '')
  return { code, ...(JSON.parse(stdout) as Omit<Report, 'code'>) }
}

/** The findings about something, as `severity: text`. */
const about = ({ findings }: Report, name: string): string[] =>
  findings
    .filter((finding) => finding.about === name)
    .map(({ severity, text }) => `${severity}: ${text}`)

/** The path of each part with what serves it. */
const served = ({ parts }: Report): Record<string, string> =>
  Object.fromEntries(parts.map(({ path, served_by }) => [path, served_by]))

const route = `export const GET = () => new Response('here')`
const page = 'export default () => <h1>a page</h1>'

describe('millrace doctor', () => {
  test('a project of API routes is served, and nothing is written', async () => {
    const directory = project({
      files: {
        'app/api/a/route.ts': route,
        'pages/api/b.js': `export default (req, res) => res.end('here')`,
        'public/file.txt': 'a file',
        'public/more/file.txt': 'a file',
        '.env.production': 'A=1\n',
      },
    })
    const found = await doctor(directory)
    assert.equal(found.code, 0)
    assert.equal(found.serves_everything, true)
    assert.deepEqual(served(found), { '/api/a': 'light', '/api/b': 'light', '/**': 'files' })
    assert.equal(found.parts.at(-1)!.served, '2 files')
    assert.deepEqual(about(found, 'env files'), ['ok: .env.production'])
    assert.match(about(found, 'Next.js').join(), /^note: Next\.js is not installed/)
    assert.match(about(found, 'build').join(), /^note: There is no current build/)
    assert.ok(!existsSync(join(directory, '.millrace/builds')))
    for (const name of ['Node.js', 'memory', 'CPUs', 'file descriptors', 'sandbox', 'port'])
      assert.equal(about(found, name).length, 1, name)
  })

  test('pages without Next.js are not served, as the server confirms', async () => {
    const directory = project({
      files: {
        'app/page.tsx': page,
        'app/api/a/route.ts': route,
        'node_modules/next/package.json': '{ "name": "next", "version": "15.5.2" }',
      },
    })
    const found = await doctor(directory)
    assert.equal(found.code, 1)
    assert.deepEqual(served(found), { '/': 'nothing', '/api/a': 'light' })
    const [root] = found.parts.filter(({ path }) => path === '/')
    assert.match(root!.reason, /Next\.js 15\.5\.2 is installed, .*: install 16\.2 or newer/)
    await build(directory)
    await using server = await startServer({ command: 'start', directory })
    assert.equal((await fetch(`${server.url}/`)).status, 404)
    assert.equal((await fetch(`${server.url}/api/a`)).status, 200)
  })

  test('pages that millrace.toml leaves out are not served, but by an upstream', async () => {
    const files = { 'pages/index.js': page, 'pages/api/b.js': 'export default () => {}' }
    const left = '[build]\npages = false\n'
    const without = await doctor(project({ files: { ...files, 'millrace.toml': left } }))
    assert.equal(without.code, 1)
    assert.equal(served(without)['/'], 'nothing')
    assert.match(without.parts.find(({ path }) => path === '/')!.reason, /pages = false/)
    const upstream = `${left}[upstream]\nurl = "http://127.0.0.1:3001"\n`
    const other = await doctor(project({ files: { ...files, 'millrace.toml': upstream } }))
    assert.equal(other.code, 0)
    assert.equal(served(other)['/'], 'upstream')
    assert.match(about(other, 'upstream').join(), /^ok: http:\/\/127\.0\.0\.1:3001/)
  })

  test('a build that fails is said, with its errors', async () => {
    const directory = project({ files: { 'app/api/a/route.ts': 'export const GET = () => {' } })
    const found = await doctor(directory)
    assert.equal(found.code, 1)
    assert.equal(served(found)['/api/a'], 'nothing')
    assert.match(about(found, 'build').join('\n'), /^not served: [\s\S]*app\/api\/a\/route\.ts/)
    assert.equal((await run(['build', directory])).code, 1)
    const exported = await doctor(
      project({
        files: {
          'app/api/a/route.ts': route,
          'next.config.mjs': `export default { output: 'export' }`,
        },
      }),
    )
    assert.equal(exported.code, 1)
    assert.match(about(exported, 'project').join(), /output: "export"/)
  })

  test('the configuration, globs, state, files beside routes and a custom server are examined', async () => {
    const directory = project({
      files: {
        'app/api/a/route.ts': `const seen = new Map<string, number>()
          export const GET = (request: Request) => { seen.set(request.url, 1); return new Response(String(seen.size)) }`,
        'proxy.ts': 'export function proxy() {}',
        'instrumentation.ts': 'export function register() {}',
        'server.js': `const next = require('next')\nnext({})`,
        'next.config.mjs': `export default { distDir: 'dist', output: 'standalone', logging: { fetches: {} }, unheardOf: 1 }`,
        'millrace.toml': '[pools.slow]\nroutes = ["/api/nothing/**"]\n',
        '.env': 'PORT=4000\n',
      },
    })
    const found = await doctor(directory)
    assert.equal(found.code, 1)
    assert.match(about(found, 'custom server').join(), /^not served: server\.js/)
    assert.match(about(found, 'middleware').join(), /^ok: proxy\.ts \(runtime nodejs\)/)
    assert.match(about(found, 'instrumentation').join(), /^ok: instrumentation\.ts/)
    assert.match(
      about(found, 'memory state').join(),
      /^note: State in memory: app\/api\/a\/route\.ts:1 \(seen\)/,
    )
    assert.match(about(found, 'millrace.toml').join(), /^warning: .*\/api\/nothing/)
    assert.deepEqual(
      about(found, 'next.config.mjs').map((text) => text.split(':', 2).join(':')),
      ['note: output', 'note: distDir'],
    )
    const warnings = about(found, 'build').join('\n')
    assert.match(warnings, /warning: next\.config\.mjs: unknown keys, without effect: unheardOf/)
    assert.match(warnings, /warning: next\.config\.mjs: logging has no effect/)
    assert.match(about(found, 'env files').join('\n'), /warning: .*PORT/)
  })

  test('a port in use and settings with which no server starts are found', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    const { port } = blocker.address() as { port: number }
    const directory = project({
      files: {
        'app/api/a/route.ts': route,
        'millrace.toml': '[pools]\ndb_connections = 1\n[pools.default]\nmax = 4\n',
      },
    })
    const args = ['doctor', directory, '-p', String(port), '-H', '127.0.0.1']
    const { code, stdout } = await run(args)
    blocker.close()
    assert.equal(code, 1)
    assert.match(stdout, new RegExp(`^warning +port +.*${port}`, 'm'))
    assert.match(stdout, /^not served +millrace\.toml +.*db_connections/m)
    assert.match(stdout, /\nSomething is not served\.\n$/)
  })
})

describe('a project with pages', { timeout: 600_000 }, () => {
  test('doctor, routes and the server agree on how each page is served', async () => {
    const directory = await builtFixture('pages')
    const found = await doctor(directory)
    assert.equal(found.code, 0)
    const how = Object.fromEntries(
      found.parts.map(({ path, served_by, served, pool }) => [path, [served_by, served, pool]]),
    )
    assert.deepEqual(how['/'], ['cache', 'static', 'default'])
    assert.deepEqual(how['/news'], ['cache', 'ISR 3600 s', 'default'])
    assert.deepEqual(how['/closed/[slug]'], ['cache', 'prerendered', 'default'])
    assert.deepEqual(how['/act'], ['cache', 'static, actions', 'default'])
    assert.deepEqual(how['/dynamic'], ['next', 'dynamic', 'default'])
    assert.deepEqual(how['/old/[id]'], ['cache', 'ISR 3600 s', 'default'])
    assert.deepEqual(how['/api/again'], ['light', 'dynamic', 'default'])
    assert.deepEqual(how['/_next/image'], ['next', '', 'images'])
    assert.deepEqual(how['/_next/static/**'], ['files', '', ''])

    const { stdout } = await run(['routes', directory])
    assert.match(stdout, /^PATH +KIND +FILE +PARAMETERS +METHODS +ENGINE +SERVED +POOL$/m)
    assert.match(stdout, /^\/news +app-page +app\/news\/page\.tsx +next +ISR 3600 s +default$/m)
    assert.match(stdout, /^\/act +app-page .* next +static, actions +default$/m)
    assert.match(stdout, /^\/_next\/image +image .* next +image +images$/m)
    assert.match(stdout, /^\/old\/auto +page .* next +static +default$/m)
    const routes = JSON.parse((await run(['routes', directory, '--json'])).stdout) as {
      path: string
    }[]
    assert.deepEqual(
      routes.find(({ path }) => path === '/news'),
      {
        path: '/news',
        kind: 'app-page',
        file: 'app/news/page.tsx',
        parameters: [],
        methods: null,
        engine: 'next',
        pool: 'default',
        served: 'ISR',
        revalidate: 3600,
        actions: false,
      },
    )

    await using server = await startServer({ command: 'start', directory })
    const cache = async (path: string) =>
      (await fetch(server.url + path)).headers.get('x-nextjs-cache')
    assert.equal(await cache('/news'), 'HIT')
    assert.equal(await cache('/dynamic'), null)
  })

  test('a page with a prerendered shell, and pages before a build', async () => {
    const directory = await builtFixture('parts')
    const { stdout } = await run(['routes', directory])
    assert.match(stdout, /^\/items\/\[id\] +app-page .* next +PPR/m)
    const unbuilt = project({
      files: { 'app/(shop)/cart/page.tsx': page, 'pages/old/[id].js': page },
    })
    const list = (await run(['routes', unbuilt])).stdout
    assert.match(list, /^\/cart +app-page +app\/\(shop\)\/cart\/page\.tsx$/m)
    assert.match(list, /^\/old\/\[id\] +page +pages\/old\/\[id\]\.js +id$/m)
  })
})
