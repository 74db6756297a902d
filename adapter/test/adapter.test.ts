/** Tests the adapter as `next build` calls it. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { after, afterEach, test } from 'node:test'
import adapter from '../src/adapter.ts'
import { handedOverVersion, type HandedOver, variables } from '../src/handed_over.ts'

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

test('the adapter sets the output folder and turns off type checks and custom cache handlers', () => {
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
    cacheHandlers: {},
    typescript: { tsconfigPath: 't.json', ignoreBuildErrors: true },
    basePath: '/docs',
  })
  assert.deepEqual(modify(config, 'phase-development-server'), {
    ...config,
    distDir: '.millrace/builds/1/next',
  })
})

test('output: export is kept, and without the builder nothing changes', () => {
  const config = { distDir: '.next', output: 'export' }
  assert.equal(modify(config), config)
  process.env[variables.distDir] = 'd'
  assert.equal(modify(config)['output'], 'export')
})

test('the home page of the Pages Router has the path /', async () => {
  const runtime = 'nodejs'
  const entry = (pathname: string, sourcePage: string) => ({
    pathname,
    sourcePage,
    runtime,
    filePath: `/d/server/pages/${sourcePage}.js`,
    config: {},
  })
  const output = join(folder, 'home.json')
  process.env[variables.output] = output
  const paths = async (outputs: object, config: object): Promise<string[]> => {
    await adapter.onBuildComplete!({
      outputs: {
        pagesApi: [],
        appRoutes: [],
        appPages: [],
        pages: [],
        staticFiles: [],
        prerenders: [],
        ...outputs,
      },
      config: { basePath: '', ...config },
      nextVersion: '16.4.6',
      buildId: 'id',
      distDir: '/d',
    } as never)
    const { pages } = JSON.parse(readFileSync(output, 'utf8')) as HandedOver
    return pages.map(({ pathname }) => pathname)
  }
  const pages = [
    entry('/docs/index', 'index'),
    entry('/docs/index/index', 'index/index'),
    entry('/docs/index/[id]', 'index/[id]'),
  ]
  assert.deepEqual(await paths({ pages }, { basePath: '/docs' }), ['/', '/index', '/index/[id]'])
  const home = (pathname: string, filePath: string) => ({
    staticFiles: [{ pathname, filePath: `/d/server/pages/${filePath}` }],
  })
  assert.deepEqual(await paths(home('/index', 'index.html'), {}), ['/'])
  const i18n = { locales: ['en', 'de'], defaultLocale: 'en' }
  assert.deepEqual(await paths(home('/en', 'en.html'), { i18n }), ['/'])
  assert.deepEqual(await paths(home('/en/index', 'en/index.html'), { i18n }), ['/index'])
})

test('a project without a deploymentId gets the name of the build', () => {
  process.env[variables.distDir] = 'd'
  assert.ok(!('deploymentId' in modify({})), 'no pages are served')
  process.env[variables.deploymentId] = '7-abc'
  assert.equal(modify({})['deploymentId'], '7-abc')
  for (const own of ['mine', ''])
    assert.equal(modify({ deploymentId: own })['deploymentId'], own, 'the project sets its own')
  assert.ok(!('deploymentId' in modify({ experimental: { useSkewCookie: true } })))
  assert.ok(!('deploymentId' in modify({}, 'phase-development-server')))
  const before = process.env['NEXT_DEPLOYMENT_ID']
  process.env['NEXT_DEPLOYMENT_ID'] = ''
  try {
    assert.ok(!('deploymentId' in modify({})), 'the environment sets none')
  } finally {
    if (before === undefined) delete process.env['NEXT_DEPLOYMENT_ID']
    else process.env['NEXT_DEPLOYMENT_ID'] = before
  }
})

test('routes are written without base path and without their .rsc variants', async () => {
  const route = (pathname: string, more: object = {}) => ({
    pathname,
    runtime: 'nodejs',
    filePath: `/d/server${pathname}.js`,
    sourcePage: `${pathname}/route`,
    config: {},
    ...more,
  })
  const outputs = {
    pagesApi: [
      route('/docs/api/a', {
        config: { maxDuration: 7 },
        assets: { 'data/a.json': '/data/a.json' },
      }),
    ],
    appRoutes: [
      route('/docs/b/[id]'),
      route('/docs/b/[id].rsc'),
      route('/docs', { runtime: 'edge' }),
    ],
    appPages: [],
    pages: [],
    staticFiles: [],
    prerenders: [],
  }
  const built = {
    outputs,
    config: { basePath: '/docs' },
    nextVersion: '16.4.6',
    buildId: 'id',
    distDir: '/d',
    repoRoot: '/',
  }
  await adapter.onBuildComplete!(built as never)
  const output = join(folder, 'next.json')
  assert.ok(!existsSync(output), 'no output was requested')
  process.env[variables.output] = output
  await adapter.onBuildComplete!(built as never)
  const { routes, ...rest } = JSON.parse(readFileSync(output, 'utf8')) as HandedOver
  assert.deepEqual(rest, {
    version: handedOverVersion,
    nextVersion: '16.4.6',
    buildId: 'id',
    distDir: '/d',
    pages: [],
    prerenders: [],
    ownAdapter: null,
    traced: { 'data/a.json': '/data/a.json' },
    tracingRoot: '/',
  })
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

test('pages of both routers are handed over, static ones by their HTML', async () => {
  const page = (pathname: string, sourcePage: string, more: object = {}) => ({
    pathname,
    runtime: 'nodejs',
    filePath: `/d/server/${sourcePage}.js`,
    sourcePage,
    config: {},
    ...more,
  })
  const file = (pathname: string, filePath: string) => ({ pathname, filePath })
  const outputs = {
    pagesApi: [],
    appRoutes: [],
    appPages: [
      page('/docs', '/page'),
      page('/docs/index.rsc', '/page'),
      page('/docs/blog/[slug]', '/blog/[slug]/page', { config: { maxDuration: 3 } }),
      page('/docs/blog/[slug].rsc', '/blog/[slug]/page'),
    ],
    pages: [page('/docs/old', 'old'), page('/docs/_next/data/id/old.json', 'old')],
    staticFiles: [
      file('/docs/_next/static/chunks/a.js', '/d/static/chunks/a.js'),
      file('/docs/about', '/d/server/pages/about.html'),
      file('/docs/about.rsc', '/d/server/rsc-fallback.json'),
    ],
    prerenders: [],
  }
  const output = join(folder, 'pages.json')
  process.env[variables.output] = output
  await adapter.onBuildComplete!({
    outputs,
    config: { basePath: '/docs' },
    nextVersion: '16.4.6',
    buildId: 'id',
    distDir: '/d',
  } as never)
  const { pages } = JSON.parse(readFileSync(output, 'utf8')) as HandedOver
  const runtime = 'nodejs'
  assert.deepEqual(pages, [
    {
      pathname: '/',
      kind: 'app-page',
      runtime,
      file: '/d/server//page.js',
      maxDuration: null,
      page: '/page',
      caching: null,
    },
    {
      pathname: '/blog/[slug]',
      kind: 'app-page',
      runtime,
      file: '/d/server//blog/[slug]/page.js',
      maxDuration: 3,
      page: '/blog/[slug]/page',
      caching: null,
    },
    {
      pathname: '/old',
      kind: 'page',
      runtime,
      file: '/d/server/old.js',
      maxDuration: null,
      page: '/old',
      caching: null,
    },
    {
      pathname: '/about',
      kind: 'page',
      runtime,
      file: '/d/server/pages/about.html',
      maxDuration: null,
      page: '/about',
      caching: { dynamicParams: false, fallback: false, partial: false },
    },
  ])
})

test('a page is handed over once, with its responses in each locale', async () => {
  const distDir = join(folder, 'localised')
  const file = (name: string): string => {
    const path = join(distDir, 'server/pages', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, name)
    return path
  }
  const entry = (pathname: string, sourcePage: string) => ({
    pathname,
    runtime: 'nodejs',
    filePath: `/d/${sourcePage}.js`,
    sourcePage,
    config: {},
  })
  const prerender = (pathname: string, route: string, groupId: number, name: string) => ({
    pathname,
    route,
    groupId,
    config: {},
    fallback: { filePath: file(name), initialRevalidate: 60 },
  })
  const outputs = {
    pagesApi: [],
    appRoutes: [],
    appPages: [],
    pages: [
      entry('/index', 'index'),
      entry('/en', 'index'),
      entry('/index/index', 'index/index'),
      entry('/blog/[slug]', 'blog/[slug]'),
      entry('/en/blog/[slug]', 'blog/[slug]'),
      entry('/de/blog/[slug]', 'blog/[slug]'),
      entry('/404', '404'),
      entry('/en/404', '404'),
    ],
    staticFiles: ['en/about', 'de/about', 'en/404', 'de/404'].map((name) => ({
      pathname: `/${name}`,
      filePath: file(`${name}.html`),
    })),
    prerenders: [
      prerender('/en/blog/a', '/blog/[slug]', 1, 'en/blog/a.html'),
      prerender('/_next/data/id/en/blog/a.json', '/blog/[slug]', 1, 'en/blog/a.json'),
      prerender('/de/blog/b', '/de/blog/[slug]', 2, 'de/blog/b.html'),
    ],
  }
  const output = join(folder, 'localised.json')
  process.env[variables.output] = output
  await adapter.onBuildComplete!({
    outputs,
    config: { basePath: '', i18n: { locales: ['en', 'de'], defaultLocale: 'en' } },
    nextVersion: '16.4.6',
    buildId: 'id',
    distDir,
  } as never)
  const { pages, prerenders } = JSON.parse(readFileSync(output, 'utf8')) as HandedOver
  assert.deepEqual(
    pages.map((page) => page.pathname),
    ['/', '/index', '/blog/[slug]', '/about', '/404'],
  )
  assert.deepEqual(
    prerenders.map(({ page, path, variant, locale, status, file: body }) => [
      `${page} ${path} ${variant}`,
      locale,
      status,
      relative(join(distDir, 'server/pages'), body),
    ]),
    [
      ['/blog/[slug] /blog/a ', 'en', 200, 'en/blog/a.html'],
      ['/blog/[slug] /blog/a data', 'en', 200, 'en/blog/a.json'],
      ['/blog/[slug] /blog/b ', 'de', 200, 'de/blog/b.html'],
      ['/about /about ', 'en', 200, 'en/about.html'],
      ['/about /about ', 'de', 200, 'de/about.html'],
      ['/404 /404 ', 'en', 404, 'en/404.html'],
      ['/404 /404 ', 'de', 404, 'de/404.html'],
    ],
  )
  assert.match(prerenders[1]!.fields, /^x-nextjs-matched-path: \/en\/blog\/\[slug\]\r$/m)
})
