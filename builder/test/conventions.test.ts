import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Bundler } from '../src/bundle/bundler.ts'
import type { BuildOutcome } from '../src/bundle/types.ts'
import { findConventions } from '../src/project/conventions.ts'

const extensions = ['tsx', 'ts', 'jsx', 'js']

function project(context: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'millrace-conventions-'))
  context.after(() => rmSync(root, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}

async function build(context: TestContext, files: Record<string, string>): Promise<BuildOutcome> {
  const root = project(context, files)
  const bundler = new Bundler()
  context.after(() => bundler.close())
  const outdir = join(root, '.millrace', 'out')
  return bundler.build({ root, mode: 'production', outdir, config: {}, env: {}, routes: [] })
}

test('files count in the root if the routes are there', (context) => {
  const root = project(context, {
    'pages/api/a.js': '',
    'proxy.ts': '',
    'src/proxy.ts': '',
    'instrumentation.js': '',
  })
  assert.deepEqual(findConventions(root, extensions), {
    warnings: [
      'src/proxy.ts is not run, as under Next.js: expected it beside the folder of the routes, in the root.',
    ],
    middleware: { file: 'proxy.ts', name: 'proxy' },
    instrumentation: { file: 'instrumentation.js', name: 'instrumentation' },
  })
})

test('files count in src if the routes are there', (context) => {
  const root = project(context, {
    'src/app/a/route.js': '',
    'proxy.ts': '',
    'src/middleware.js': '',
  })
  assert.deepEqual(findConventions(root, extensions), {
    warnings: [
      'proxy.ts is not run, as under Next.js: expected it beside the folder of the routes, in src/.',
    ],
    middleware: { file: 'src/middleware.js', name: 'middleware' },
    instrumentation: null,
  })
})

test('a proxy file elsewhere does not count, an instrumentation file does', (context) => {
  const inRoot = project(context, {
    'src/pages/a.js': '',
    'proxy.js': '',
    'instrumentation.js': '',
  })
  assert.deepEqual(findConventions(inRoot, extensions), {
    warnings: [
      'proxy.js is not run, as under Next.js: expected it beside the folder of the routes, in src/.',
    ],
    middleware: null,
    instrumentation: { file: 'instrumentation.js', name: 'instrumentation' },
  })
  const inSrc = project(context, {
    'pages/a.js': '',
    'src/proxy.js': '',
    'src/instrumentation.js': '',
  })
  assert.deepEqual(findConventions(inSrc, extensions), {
    warnings: [
      'src/proxy.js is not run, as under Next.js: expected it beside the folder of the routes, in the root.',
    ],
    middleware: null,
    instrumentation: { file: 'src/instrumentation.js', name: 'instrumentation' },
  })
})

test('files have the extensions of pages', (context) => {
  const root = project(context, {
    'pages/a.page.ts': '',
    'proxy.ts': '',
    'instrumentation.page.ts': '',
  })
  assert.deepEqual(findConventions(root, ['page.ts']), {
    warnings: [],
    middleware: null,
    instrumentation: { file: 'instrumentation.page.ts', name: 'instrumentation' },
  })
})

test('proxy and middleware together are an error that names both', async (context) => {
  const { errors } = await build(context, { 'pages/a.js': '', 'proxy.ts': '', 'middleware.ts': '' })
  assert.match(
    errors![0]!,
    /^Both middleware file "\.\/middleware\.ts" and proxy file "\.\/proxy\.ts" are detected/,
  )
})

test('the files are bundled and described', async (context) => {
  const outcome = await build(context, {
    'proxy.ts':
      "const is: boolean = true\nexport function proxy() { return is }\nexport const config = { matcher: ['/a', `/b`] } as const",
    'instrumentation.ts': 'export function register() {}',
  })
  assert.equal(outcome.errors, undefined)
  assert.equal(outcome.middleware?.file, 'proxy.ts')
  assert.equal(outcome.middleware?.module, 'routes/proxy.mjs')
  assert.equal(outcome.middleware?.runtime, 'nodejs')
  assert.deepEqual(
    outcome.middleware?.matchers.map(({ source }) => source),
    ['/a', '/b'],
  )
  assert.deepEqual(outcome.instrumentation, {
    file: 'instrumentation.ts',
    module: 'routes/instrumentation.mjs',
  })
})

test('middleware uses the edge runtime by default', async (context) => {
  const edge = await build(context, { 'middleware.js': 'export default () => {}' })
  assert.equal(edge.middleware?.runtime, 'edge')
  const node = await build(context, {
    'middleware.js':
      "export const middleware = () => {}; export const config = { runtime: 'nodejs' }",
  })
  assert.equal(node.middleware?.runtime, 'nodejs')
})

for (const [name, text, message] of [
  [
    'no function',
    'export const config = {}',
    /^The file "\.\/proxy\.js" must export a function, either as a default export or as a named "proxy" export/,
  ],
  ["middleware's name", 'export function middleware() {}', /haven't updated the exported function/],
  [
    'a runtime',
    "export default () => {}; export const runtime = 'edge'",
    /^Route segment config is not allowed in Proxy file/,
  ],
  [
    'a matcher from elsewhere',
    'const m = globalThis.m; export default () => {}; export const config = { matcher: m }',
    /^proxy\.js: can't recognize the exported `config` field: it holds an expression of type Identifier/,
  ],
  [
    'a bad matcher',
    "export default () => {}; export const config = { matcher: 'a' }",
    /^proxy\.js contains invalid middleware config: matcher: source must start with \//,
  ],
] as const) {
  test(`refused: ${name}`, async (context) => {
    const { errors } = await build(context, { 'proxy.js': text })
    assert.match(errors?.[0] ?? '', message)
  })
}
