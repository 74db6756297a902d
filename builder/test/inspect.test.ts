/**
 * Tests what the builder finds out about a project without building it.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Bundler } from '../src/bundle/bundler.ts'
import { defaultConfig } from '../src/config/normalise.ts'
import { runInspectCommand, type InspectReply } from '../src/inspect_command.ts'
import { findCustomServer } from '../src/mistakes/custom_server.ts'
import { replacedOptions } from '../src/next_config/replaced.ts'
import type { RouteSource } from '../src/project/route_source.ts'
import { type Files, Project } from './support/project.ts'

/** As Next.js lies in `node_modules`. */
const next = (version: string): Files => ({
  'node_modules/next/package.json': { name: 'next', version },
})

async function inspect(
  context: TestContext,
  files: Files,
  routes: readonly RouteSource[],
): Promise<InspectReply & { root: string }> {
  const { root } = new Project(context, files)
  const bundler = new Bundler()
  context.after(() => bundler.close())
  const request = {
    root,
    mode: 'production',
    config: defaultConfig(),
    env: {},
    routes,
    pages: [],
  } as const
  return { ...(await runInspectCommand(request, bundler)), root }
}

const route = (name: string, engine: RouteSource['engine'] = 'auto'): RouteSource => ({
  path: `/api/${name}`,
  kind: 'app',
  file: `app/api/${name}/route.ts`,
  engine,
})

test('each route is named with its engine and the reason, and nothing is written', async (context) => {
  const { root, ...found } = await inspect(
    context,
    {
      ...next('16.4.6'),
      'app/api/a/route.ts': 'export const GET = () => new Response("a")',
      'app/api/b/route.ts':
        'const seen = new Map()\nexport const GET = (request) => { seen.set(request.url, 1); return new Response(String(seen.size)) }',
      'proxy.ts': 'export function proxy() {}',
      'instrumentation.ts': 'export function register() {}',
    },
    [route('a'), route('b', 'next'), { ...route('c'), file: 'app/api/c/route.cpp' }],
  )
  assert.deepEqual(found.routes, [
    { file: 'app/api/a/route.ts', engine: 'light', reason: '' },
    { file: 'app/api/b/route.ts', engine: 'next', reason: 'set in millrace.toml' },
    { file: 'app/api/c/route.cpp', engine: 'C++', reason: '' },
  ])
  assert.equal(found.next_version, '16.4.6')
  assert.equal(found.next_missing, '')
  assert.deepEqual(found.failures, [])
  assert.deepEqual(found.middleware, { file: 'proxy.ts', runtime: 'nodejs' })
  assert.deepEqual(found.instrumentation, { file: 'instrumentation.ts', engine: 'light' })
  assert.deepEqual(
    found.memory_state.map(({ file, name }) => [file, name]),
    [['app/api/b/route.ts', 'seen']],
  )
  assert.equal(existsSync(join(root, '.millrace')), false)
})

test('a project that cannot be built is named with the errors of a build', async (context) => {
  const found = await inspect(
    context,
    { ...next('15.5.0'), 'app/api/a/route.ts': 'export const GET = () => {' },
    [route('a')],
  )
  assert.match(found.failures.join('\n'), /app\/api\/a\/route\.ts/)
  assert.match(found.next_missing, /Next\.js 15\.5\.0 is installed, .* install 16\.2 or newer/)
  assert.equal(found.next_version, '')
})

test('a route that must be compiled by a Next.js that is missing fails as a build does', async (context) => {
  const files = { 'app/api/a/route.ts': 'export const GET = () => new Response("a")' }
  const found = await inspect(context, files, [route('a', 'next')])
  assert.match(found.failures.join('\n'), /sets the engine "next", but Next\.js is not installed/)
})

test('a custom server is found by its usual name or in the scripts', (context) => {
  const server = "import next from 'next'\nconst app = next({ dev: false })\n"
  const found = (files: Files) => findCustomServer(new Project(context, files).root)
  assert.equal(found({}), null)
  assert.equal(found({ 'server.js': server }), 'server.js')
  assert.equal(found({ 'server.js': "require('node:http')" }), null)
  const scripts = { start: 'NODE_ENV=production node --enable-source-maps ./src/main.mjs' }
  assert.equal(found({ 'package.json': { scripts }, 'src/main.mjs': server }), 'src/main.mjs')
  assert.equal(found({ 'package.json': 'not JSON', 'server/index.ts': server }), 'server/index.ts')
})

test('options that Millrace replaces are named', () => {
  const options = (config: object) => replacedOptions(config as never).map(({ option }) => option)
  assert.deepEqual(options(defaultConfig()), [])
  assert.deepEqual(options({ adapterPath: './a.js', output: 'standalone', distDir: 'dist' }), [
    'adapterPath',
    'output',
    'distDir',
  ])
  assert.deepEqual(options({ output: 'export' }), [])
})
