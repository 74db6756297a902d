/**
 * Tests import forms and compiler options that Next.js's bundler supports and esbuild does not; the
 * expected values were recorded from Next.js 16.4.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Project } from './support/project.ts'

const handlers = {
  'lib/h/a.ts': "export const name = 'a'",
  'lib/h/b.ts': "export const name = 'b'\nexport default 'B'",
  'lib/h/j.json': { name: 'j' },
  'lib/h/sub/c.ts': "export const name: string = 'c'",
  'lib/h/sub/index.tsx': "export const name = 'index'",
}

test('require.context requires the matching files', async (t) => {
  const project = new Project(t, {
    ...handlers,
    'pages/api/x.ts': `
      const flat = require.context('../../lib/h', false, /\\.ts$/)
      const deep = (require as any).context('../../lib/h', true, /\\.(ts|json)$/)
      const all = require.context('../../lib/h')
      const none = require.context('@/lib/h', true, /\\.tsx?$/)
      const failure = () => { try { flat('./nope.ts') } catch (error) { return [error.message, error.code] } }
      export default () => [flat.keys(), flat.keys().map((key) => flat(key).name), deep.keys(), deep('./sub/c.ts').name, all.keys().length, none.keys(), failure()]`,
  })
  assert.deepEqual(await project.call('pages/api/x.ts'), [
    ['./a.ts', './b.ts'],
    ['a', 'b'],
    ['./a.ts', './b.ts', './j.json', './sub/c.ts'],
    'c',
    5,
    [],
    ["Cannot find module './nope.ts'", 'MODULE_NOT_FOUND'],
  ])
})

test('require.context with arguments that are not static is an error that names the file', async (t) => {
  const project = new Project(t, {
    'pages/api/x.ts': 'export default (folder) => require.context(folder).keys()',
  })
  const { errors = [] } = await project.build(['pages/api/x.ts'])
  assert.match(
    errors.join('\n'),
    /require\.context\(\) is not statically analyze-able: the folder must be a string literal[\s\S]*pages\/api\/x\.ts/,
  )
})

test('import.meta.glob imports the matching files', async (t) => {
  const project = new Project(t, {
    ...handlers,
    'pages/api/x.ts': `
      const modules = 'a name of the project'
      const eager = (import.meta as any).glob('../../lib/h/*.ts', { eager: true })
      const lazy = import.meta.glob('../../lib/h/**/*.ts')
      const named = import.meta.glob('/lib/h/*.ts', { eager: true, import: 'name' })
      const several = import.meta.glob(['../../lib/h/*.ts', '!../../lib/h/b.ts'])
      const braces = import.meta.glob('../../lib/h/{a,j}.{ts,json}', { eager: true })
      const based = import.meta.glob('./*.TS', { base: '../../lib/h', caseSensitive: false })
      export default async () => [eager, Object.keys(lazy), (await lazy['../../lib/h/sub/c.ts']()).name, named, Object.keys(several), Object.keys(braces), Object.keys(based)]`,
  })
  const value = (await project.call('pages/api/x.ts')) as Promise<unknown[]>
  assert.deepEqual(JSON.parse(JSON.stringify(await value)), [
    { '../../lib/h/a.ts': { name: 'a' }, '../../lib/h/b.ts': { default: 'B', name: 'b' } },
    ['../../lib/h/a.ts', '../../lib/h/b.ts', '../../lib/h/sub/c.ts'],
    'c',
    { '/lib/h/a.ts': 'a', '/lib/h/b.ts': 'b' },
    ['../../lib/h/a.ts'],
    ['../../lib/h/a.ts', '../../lib/h/j.json'],
    ['./a.ts', './b.ts'],
  ])
})

test('a glob finds a new file when the project is built again', async (t) => {
  const source =
    "const found = import.meta.glob('../../lib/h/*.ts')\nexport default () => Object.keys(found).length"
  const project = new Project(t, { ...handlers, 'pages/api/x.ts': source })
  assert.equal(await project.call('pages/api/x.ts'), 2)
  project.write({ 'lib/h/new.ts': 'export const name = 1' })
  assert.equal(await project.call('pages/api/x.ts'), 3)
})

test('imports with a partly known name work, by folder and by alias', async (t) => {
  const project = new Project(t, {
    ...handlers,
    'tsconfig.base.json': { compilerOptions: { paths: { '@/*': ['./*'] } } },
    'tsconfig.json': { extends: './tsconfig.base.json' },
    'messages/en.json': { hi: 'en' },
    'messages/de.json': { hi: 'de' },
    'pages/api/x.ts': `
      const load = async (l: string) => [
        (await import(\`@/messages/\${l}.json\`)).default.hi,
        (await import(\`../../messages/\${l}.json\`)).default.hi,
        require(\`@/messages/\${l}.json\`).hi,
        (await import('../../messages/' + l + '.json')).default.hi,
      ]
      const path = async (name: string) => (await import(\`../../lib/h/\${name}\`)).name
      const french = (): string => 'fr'
      const failure = async (load) => { try { await load() } catch (error) { return error.code } }
      export default async () => [
        await load('de'), await load('en'), await path('a'), await path('b.ts'), await path('sub/c'), await path('sub'), await path('sub/index'),
        await failure(() => import(\`../../messages/\${french()}.json\`)), await failure(() => require('../../messages/' + french())),
      ]`,
  })
  assert.deepEqual(await (project.call('pages/api/x.ts') as Promise<unknown>), [
    ['de', 'de', 'de', 'de'],
    ['en', 'en', 'en', 'en'],
    ...['a', 'b', 'c', 'index', 'index'],
    'MODULE_NOT_FOUND',
    'MODULE_NOT_FOUND',
  ])
})

test('a URL of a file beside the module refers to a copy in the build', async (t) => {
  const project = new Project(t, {
    'lib/x.txt': 'text',
    'lib/a.ts': 'export const a: number = 1',
    'pages/api/x.ts': `
      import { readFileSync } from 'node:fs'
      const url = new URL('../../lib/x.txt', import.meta.url)
      const code = new URL('../../lib/a.ts', import.meta.url)
      export default () => [url instanceof URL, url.protocol, url.href.includes('/.millrace/'), readFileSync(url, 'utf8'), readFileSync(code, 'utf8'), new URL('https://a.b/c').href]`,
  })
  assert.deepEqual(await project.call('pages/api/x.ts'), [
    true,
    'file:',
    true,
    'text',
    'export const a: number = 1',
    'https://a.b/c',
  ])
})

test('a worker is compiled with its imports, also through aliases', async (t) => {
  const project = new Project(t, {
    'tsconfig.json': { compilerOptions: { paths: { '@/*': ['./*'] } } },
    'lib/sum.ts':
      'export enum Kind { Sum = "sum" }\nexport const sum = (n: number) => (n * (n + 1)) / 2',
    'lib/job.ts':
      "import { parentPort, workerData } from 'node:worker_threads'\nimport { Kind, sum } from '@/lib/sum'\nparentPort!.postMessage([Kind.Sum, sum(workerData)])",
    'pages/api/x.ts': `
      import { Worker } from 'node:worker_threads'
      export default () => new Promise((resolve, reject) => {
        const worker = new Worker(new URL('../../lib/job.ts', import.meta.url), { workerData: 100 })
        worker.once('message', resolve).once('error', reject)
      })`,
  })
  assert.deepEqual(await (project.call('pages/api/x.ts') as Promise<unknown>), ['sum', 5050])
})

test('an error in a worker is an error of the build', async (t) => {
  const project = new Project(t, {
    'lib/job.ts': "import 'not-there'",
    'pages/api/x.ts':
      "import { Worker } from 'node:worker_threads'\nexport default () => new Worker(new URL('../../lib/job.ts', import.meta.url))",
  })
  const { errors = [] } = await project.build(['pages/api/x.ts'])
  assert.match(errors.join('\n'), /Could not resolve "not-there"[\s\S]*lib\/job\.ts:1/)
})

test('import.meta.env, compiler.define and compiler.defineServer are replaced', async (t) => {
  const project = new Project(t, {
    'pages/api/x.ts': `
      const { MODE } = import.meta.env
      export default () => ({
        release: __RELEASE__, side: __SIDE__, flags: [process.env.MY_FLAG, process.env['MY_FLAG']], type: typeof __RELEASE__, n: __NUM__, b: __BOOL__,
        deep: A.b.c, key: { __RELEASE__: 1 }, short: { __RELEASE__ }, MODE, dev: import.meta.env.DEV, base: import.meta.env.BASE_URL, none: import.meta.env.VITE_X })`,
  })
  const compiler = {
    define: {
      __RELEASE__: 'r-42',
      'process.env.MY_FLAG': 'on',
      __NUM__: 5,
      __BOOL__: true,
      'A.b.c': 'deep',
    },
    defineServer: { __SIDE__: 'server' },
  }
  assert.deepEqual(
    await project.call('pages/api/x.ts', { config: { compiler, basePath: '/bp' } }),
    {
      release: 'r-42',
      side: 'server',
      flags: ['on', 'on'],
      type: 'string',
      n: 5,
      b: true,
      deep: 'deep',
      key: { __RELEASE__: 1 },
      short: { __RELEASE__: 'r-42' },
      MODE: 'production',
      dev: false,
      base: '/bp/',
      none: undefined,
    },
  )
})

test('compiler.removeConsole removes calls in the project except excluded methods', async (t) => {
  const project = new Project(t, {
    'pages/api/x.ts': `
      let calls = 0
      const next = () => { calls += 1; return 'error' }
      export default () => { console.log(next()); console.error; if (calls === 0) console.info('x'); return [calls, console.log(1)] }`,
  })
  const config = { compiler: { removeConsole: { exclude: ['error'] } } }
  assert.deepEqual(await project.call('pages/api/x.ts', { config }), [0, undefined])
})

test('turbopack.resolveAlias works in all its forms, and resolveExtensions', async (t) => {
  const version = (name: string) => `export const v = '${name}'`
  const project = new Project(t, {
    'tsconfig.json': { compilerOptions: { paths: { '@p/*': ['./nope/*', './lib/*'] } } },
    ...Object.fromEntries(
      ['v1', 'v2', 'v3', 'v4'].map((name) => [`lib/${name}.ts`, version(name)]),
    ),
    'lib/wild/a.ts': version('wild'),
    'lib/ext.custom.ts': version('custom'),
    'lib/ext.ts': version('plain'),
    'node_modules/real/package.json': { name: 'real' },
    'node_modules/real/index.js': "module.exports = { v: 'real' }",
    'pages/api/x.ts': `
      import { v as exact } from 'mailer'
      import { v as hash } from '#config'
      import { v as wild } from 'wild/a'
      import { v as conditional } from 'cond'
      import { v as fallback } from 'fallback'
      import { v as chained } from '@virt/x'
      import { v as real } from 'renamed'
      import * as nothing from 'nothing'
      import { v as ext } from '../../lib/ext'
      import { v as path } from '@p/v4'
      export default async () => [exact, hash, wild, conditional, fallback, chained, real, typeof nothing, ext, path, (await import('mailer')).v, require('mailer').v]`,
  })
  const resolveAlias = {
    mailer: './lib/v1.ts',
    '#config': './lib/v2',
    'wild/*': './lib/wild/*',
    cond: { browser: './lib/v1.ts', default: './lib/v2.ts' },
    fallback: ['./lib/nope.ts', './lib/v3.ts'],
    '@virt/x': '@p/v3',
    renamed: 'real',
    nothing: false,
  }
  const turbopack = { resolveAlias, resolveExtensions: ['.custom.ts', '.ts', '.js'] }
  assert.deepEqual(
    await (project.call('pages/api/x.ts', { config: { turbopack } }) as Promise<unknown>),
    [...['v1', 'v2', 'wild', 'v2', 'v3', 'v3', 'real', 'object', 'custom', 'v4', 'v1', 'v1']],
  )
})

test('an alias applies inside a package, which is then bundled', async (t) => {
  const project = new Project(t, {
    'lib/request.ts': "export default 'of the project'",
    'node_modules/intl/package.json': {
      name: 'intl',
      type: 'module',
      exports: { '.': './index.js', './config': './config.js' },
    },
    'node_modules/intl/config.js': "throw new Error('not configured')",
    'node_modules/intl/index.js': "import config from 'intl/config'\nexport const value = config",
    'pages/api/x.ts': "import { value } from 'intl'\nexport default () => value",
  })
  const config = { turbopack: { resolveAlias: { 'intl/config': './lib/request.ts' } } }
  assert.equal(await project.call('pages/api/x.ts', { config }), 'of the project')
})

test('an alias that cannot be resolved is reported with its setting', async (t) => {
  const project = new Project(t, {
    'pages/api/x.ts': "import { v } from 'mailer'\nexport default v",
  })
  const { errors = [] } = await project.build(['pages/api/x.ts'], {
    config: { turbopack: { resolveAlias: { mailer: './nope.ts' } } },
  })
  assert.match(
    errors.join('\n'),
    /Could not resolve "mailer": the alias in turbopack\.resolveAlias of next\.config resolves to \.\/nope\.ts/,
  )
})

test("the project's aliases apply in a workspace package that has a tsconfig.json of its own", async (t) => {
  const project = new Project(t, {
    'tsconfig.json': { compilerOptions: { paths: { '@p/*': ['./lib/*'] } } },
    'lib/v.ts': "export const v = 'of the project'",
    'packages/ws/package.json': { name: 'ws', main: 'index.ts' },
    'packages/ws/tsconfig.json': { compilerOptions: { paths: { '@own/*': ['./*'] } } },
    'packages/ws/index.ts': "export { v } from '@p/v'",
    'pages/api/x.ts': "import { v } from '../../packages/ws'\nexport default () => v",
  })
  assert.equal(await project.call('pages/api/x.ts'), 'of the project')
})
