/** The adapter as `next build` calls it. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, test } from 'node:test'
import adapter from '../src/adapter.ts'
import { variables, type HandedOver } from '../src/handed_over.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-adapter-'))
after(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => {
  for (const name of Object.values(variables)) delete process.env[name]
})

const modify = (config: object, phase = 'phase-production-build') =>
  adapter.modifyConfig!(
    config as never,
    { phase, nextVersion: '16.4.6', projectDir: '/p' } as never,
  ) as unknown as Record<string, unknown>

test("the output goes where the builder says; types and caches are not next build's matter", () => {
  process.env[variables.distDir] = '.millrace/builds/1/next'
  const config = {
    distDir: '.next',
    output: 'standalone',
    cacheHandler: '/x',
    cacheHandlers: { default: '/y' },
    typescript: { tsconfigPath: 't.json' },
    basePath: '/docs',
  }
  assert.deepEqual(modify(config), {
    distDir: '.millrace/builds/1/next',
    output: undefined,
    typescript: { tsconfigPath: 't.json', ignoreBuildErrors: true },
    basePath: '/docs',
  })
  assert.deepEqual(modify(config, 'phase-development-server'), {
    ...config,
    distDir: '.millrace/builds/1/next',
  })
})

test('an export stays one, and without the builder nothing changes', () => {
  const config = { distDir: '.next', output: 'export' }
  assert.equal(modify(config), config)
  process.env[variables.distDir] = 'd'
  assert.equal(modify(config)['output'], 'export')
})

test('routes are handed over, without base path and without their twins for React', async () => {
  const route = (pathname: string, more: object = {}) => ({
    pathname,
    runtime: 'nodejs',
    filePath: `/d/server${pathname}.js`,
    sourcePage: `${pathname}/route`,
    config: {},
    ...more,
  })
  const outputs = {
    pagesApi: [route('/docs/api/a', { config: { maxDuration: 7 } })],
    appRoutes: [
      route('/docs/b/[id]'),
      route('/docs/b/[id].rsc'),
      route('/docs', { runtime: 'edge' }),
    ],
  }
  const built = {
    outputs,
    config: { basePath: '/docs' },
    nextVersion: '16.4.6',
    buildId: 'id',
    distDir: '/d',
  }
  await adapter.onBuildComplete!(built as never)
  const output = join(folder, 'next.json')
  assert.ok(!existsSync(output), 'nobody has asked')
  process.env[variables.output] = output
  await adapter.onBuildComplete!(built as never)
  const { routes, ...rest } = JSON.parse(readFileSync(output, 'utf8')) as HandedOver
  assert.deepEqual(rest, { version: 1, nextVersion: '16.4.6', buildId: 'id', distDir: '/d' })
  assert.deepEqual(
    routes.map(({ pathname, kind, runtime, maxDuration }) => [
      pathname,
      kind,
      runtime,
      maxDuration,
    ]),
    [
      ['/api/a', 'pages', 'nodejs', 7],
      ['/b/[id]', 'app', 'nodejs', null],
      ['/', 'app', 'edge', null],
    ],
  )
})
