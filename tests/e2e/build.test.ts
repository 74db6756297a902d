/**
 * Tests `millrace build`: its output, its messages, and that a failed build changes nothing.
 */

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { build, project, run, startServer, temporaryDirectory, write } from './support/index.ts'

const files = {
  'next.config.ts': "import { name } from './lib/name'\nexport default { env: { NAME: name } }",
  '.env.production': 'NEXT_PUBLIC_A=production\nSECRET=at run time',
  '.env.development': 'NEXT_PUBLIC_A=development',
  'lib/name.ts': "export const name: string = 'configured'",
  'lib/shared.ts': 'export const shared = { count: 0 }',
  'pages/api/a.ts': `
    import { shared } from '../../lib/shared'
    export const config = { api: { bodyParser: false } }
    export default (req, res) => res.json([++shared.count, process.env.NEXT_PUBLIC_A, process.env.NAME, process.env.SECRET])`,
  'app/b/[id]/route.ts': `
    import { shared } from '../../../lib/shared'
    export const GET = () => Response.json(++shared.count)
    export const DELETE = GET`,
}

interface Manifest {
  readonly build_id: string
  readonly generator: string
  readonly routes: readonly {
    path: string
    file: string
    module: string
    methods: string[] | null
    options: object
  }[]
}

const manifestOf = (directory: string): Manifest =>
  JSON.parse(readFileSync(join(directory, '.millrace/current/manifest.json'), 'utf8')) as Manifest

test('a build prints its routes, and can be served from another folder', async () => {
  const directory = project({ files })
  const { stdout, stderr } = await build(directory)
  assert.equal(stderr, '')
  assert.match(stdout, /Environment: \.env\.production\n {2}Configuration: next\.config\.ts\n/)
  assert.match(stdout, /\/api\/a +any +[\d.]+ K?B +pages\/api\/a\.ts\n/)
  assert.match(stdout, /\/b\/\[id\] +GET, DELETE +[\d.]+ K?B +app\/b\/\[id\]\/route\.ts\n/)
  assert.match(stdout, /\n {2}2 routes built in [\d.]+ s\n$/)
  assert.ok(!stdout.includes('\x1b'), 'no colours without a terminal')

  const { routes, generator } = manifestOf(directory)
  assert.match(generator, /^millrace \d/)
  assert.deepEqual(
    routes.map(({ path, methods, options }) => [path, methods, options]),
    [
      ['/api/a', null, { api: { bodyParser: false } }],
      ['/b/[id]', ['GET', 'DELETE'], {}],
    ],
  )

  const moved = join(temporaryDirectory(), 'moved')
  renameSync(directory, moved)
  await using server = await startServer({
    command: 'start',
    directory: moved,
    args: ['--workers', '1'],
  })
  assert.deepEqual(await (await fetch(`${server.url}/api/a`)).json(), [
    1,
    'production',
    'configured',
    'at run time',
  ])
  assert.deepEqual(await (await fetch(`${server.url}/b/7`)).json(), 2)
})

test('a failed build reports the location and leaves the previous build unchanged', async () => {
  const directory = project({ files })
  await build(directory)
  const before = manifestOf(directory)
  write(directory, 'lib/shared.ts', 'export const shared = {\n  count 0\n}\n')
  const failed = await run(['build', directory])
  assert.equal(failed.code, 1)
  assert.equal(failed.stdout, '')
  assert.match(failed.stderr, /^error: .*lib\/shared\.ts:2:8:\n.*2 │ {3}count 0/s)
  assert.deepEqual(manifestOf(directory), before)
  for (const route of before.routes)
    assert.ok(existsSync(join(directory, '.millrace/current', route.module)))
  assert.deepEqual(readdirSync(join(directory, '.millrace/builds')), [`1-${before.build_id}`])
})

test('a configuration that cannot be evaluated fails the build', async () => {
  const directory = project({
    files: { ...files, 'next.config.ts': "throw new Error('no secret')" },
  })
  const failed = await run(['build', directory])
  assert.equal(failed.code, 1)
  assert.match(failed.stderr, /next\.config\.ts: no secret/)
  assert.ok(!existsSync(join(directory, '.millrace/current/manifest.json')))
})

test('conflicting routes fail the build, which names both', async () => {
  const directory = project({
    files: { ...files, 'pages/api/[x].ts': '', 'pages/api/[y]/z.ts': '' },
  })
  const failed = await run(['build', directory])
  assert.equal(failed.code, 1)
  assert.match(failed.stderr, /pages\/api\/\[x\]\.ts/)
  assert.match(failed.stderr, /pages\/api\/\[y\]\/z\.ts/)
})

test('only the last six builds are kept, and git ignores them', async () => {
  const directory = project({ files })
  const ids: string[] = []
  for (let i = 1; i <= 8; i++) {
    await build(directory)
    ids.push(`${i}-${manifestOf(directory).build_id}`)
  }
  assert.equal(new Set(ids.map((id) => id.slice(2))).size, 8)
  assert.deepEqual(readdirSync(join(directory, '.millrace/builds')).sort(), ids.slice(2))
  assert.equal(readFileSync(join(directory, '.millrace/.gitignore'), 'utf8'), '*\n')
  const { stdout } = await run(['builds', directory])
  assert.match(stdout, /^ {2}7-\w+ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n\* 8-\w+ {2}\d{4}-/m)
})

test('a middleware file in the wrong place is reported', async () => {
  const directory = project({
    files: { ...files, 'src/middleware.ts': 'export function middleware() {}' },
  })
  const { stderr } = await build(directory)
  assert.match(stderr, /^warning: src\/middleware\.ts is not run/)
})

test('a project without routes is built with a notice', async () => {
  const directory = project({ files: { 'package.json': '{}' } })
  const { stdout } = await build(directory)
  assert.match(stdout, /No API routes/)
  assert.deepEqual(manifestOf(directory).routes, [])
})

test('a route of app that throws when it is loaded fails the build, with route, file and line', async () => {
  const directory = project({
    files: {
      'lib/env.ts':
        "\nif (!process.env.DATABASE_URL) throw new Error('DATABASE_URL is not set')\nexport const url = process.env.DATABASE_URL",
      'app/api/a/route.ts':
        "import { url } from '../../../lib/env'\nexport const GET = () => Response.json(url)",
      'app/api/b/route.ts':
        "export const GET = () => new Response()\nawait Promise.reject(new TypeError('no b'))",
      'app/api/fine/route.ts':
        "Promise.reject(new Error('nobody waits for this'))\nexport const GET = () => new Response()",
      'pages/api/p.ts': "throw new Error('not loaded by a build')\nexport default () => {}",
    },
  })
  const failed = await run(['build', directory])
  assert.equal(failed.code, 1)
  assert.match(
    failed.stderr,
    /Failed to collect page data for \/api\/a \(app\/api\/a\/route\.ts\):\nError: DATABASE_URL is not set\n.*lib\/env\.ts:2/s,
  )
  assert.match(
    failed.stderr,
    /Failed to collect page data for \/api\/b \(app\/api\/b\/route\.ts\):\nTypeError: no b\n/,
  )
  assert.doesNotMatch(failed.stderr, /page data for \/api\/(?:fine|p)/)
  await build(directory, { env: { DATABASE_URL: 'x' } }).catch((error: unknown) =>
    assert.match(String(error), /no b/),
  )
})

test('a module that exits the process, or never finishes loading, fails the build, which names it', async () => {
  const exits = project({
    files: { 'app/exits/route.ts': 'export const GET = () => new Response()\nprocess.exit(3)' },
  })
  const ended = await run(['build', exits])
  assert.equal(ended.code, 1)
  assert.match(ended.stderr, /ended with 3 while it loaded \/exits \(app\/exits\/route\.ts\)/)
  const hangs = project({
    files: {
      'next.config.js': 'module.exports = { staticPageGenerationTimeout: 0.2 }',
      'app/hangs/route.ts':
        'export const GET = () => new Response()\nawait new Promise(() => setInterval(() => {}, 1000))',
    },
  })
  const hung = await run(['build', hangs])
  assert.equal(hung.code, 1)
  assert.match(
    hung.stderr,
    /page data for \/hangs \(app\/hangs\/route\.ts\):\nError: its module took longer than 0\.2 s to load/,
  )
})

test('routes without a usable handler, and files that are not served, are reported', async () => {
  const directory = project({
    files: {
      'millrace.toml': '[pools.reports]\nroutes = ["/api/report/**"]\n',
      'app/page.tsx': 'export default () => null',
      'app/about/page.tsx': 'export default () => null',
      'app/api/reports/route.ts': 'let count = 0\nexport const GET = () => Response.json(++count)',
      'app/api/b/route.ts': 'export function Get() {}',
    },
  })
  const mistaken = await run(['build', directory])
  assert.equal(mistaken.code, 1)
  assert.match(mistaken.stderr, /^error: app\/api\/b\/route\.ts responds .* did you mean GET\?$/m)

  write(
    directory,
    'millrace.toml',
    '[pools.reports]\nroutes = ["/api/report/**"]\n[build]\nallow_unusable = true\n',
  )
  const { stdout, stderr } = await build(directory)
  assert.match(
    stderr,
    /^warning: app\/api\/b\/route\.ts responds to every request with 405\. .* did you mean GET\?$/m,
  )
  assert.match(
    stderr,
    /^warning: millrace\.toml: \[pools\.reports\] routes: "\/api\/report\/\*\*" matches no route\.$/m,
  )
  assert.match(
    stdout,
    /^ {2}State in memory: app\/api\/reports\/route\.ts:1 count\. One worker serves/m,
  )
  assert.match(stdout, /^ {2}2 pages are not served: app\/about\/page\.tsx, app\/page\.tsx\./m)
  assert.match((await run(['routes', directory])).stdout, /2 pages are not served/)

  write(directory, 'millrace.toml', '[server]\nprobe = "api/ok"\n')
  const refused = await run(['build', directory])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /millrace\.toml:2: .*probe: expected a path that begins with "\/"/)

  write(directory, 'millrace.toml', '')
  write(directory, 'app/api/b/route.ts', 'export const GET = () => {')
  await using server = await startServer({ command: 'dev', directory })
  assert.match(server.output(), /2 pages are not served/)
  assert.match(server.output(), /ready in \d+ ms with 1 error/)
})
