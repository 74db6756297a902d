import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { SourceMapConsumer } from 'source-map-js'
import { Project } from './support/project.ts'

test('TypeScript, JSX, JSON and tsconfig.json paths are compiled', async (t) => {
  const project = new Project(t, {
    'tsconfig.json':
      '{ "compilerOptions": { "baseUrl": ".", "jsx": "preserve", "paths": { "@/*": ["./src/*"] } } } // c',
    'node_modules/react/package.json': { name: 'react', exports: { './jsx-runtime': './jsx.js' } },
    'node_modules/react/jsx.js': 'exports.jsx = (type, props) => ({ type, props })',
    'src/lib/a.ts': 'enum Kind { one = 1 }\nexport const a: number = Kind.one',
    'src/lib/b.js': 'export const b = <p>hi</p>',
    'data.json': { c: 3 },
    'pages/api/x.ts': `
      import { a } from '@/lib/a'
      import { b } from 'src/lib/b'
      import data from '../../data.json'
      import type { Nothing } from 'not-installed'
      export default () => ({ a, b: b.props.children, c: data.c } satisfies object as Nothing)`,
  })
  assert.deepEqual(await project.call('pages/api/x.ts'), { a: 1, b: 'hi', c: 3 })
})

test('jsconfig.json is read if there is no tsconfig.json', async (t) => {
  const project = new Project(t, {
    'jsconfig.json': { compilerOptions: { paths: { '~/*': ['./*'] } } },
    'lib/a.js': 'export const a = 1',
    'pages/api/x.js': "import { a } from '~/lib/a'\nexport default () => a",
  })
  assert.equal(await project.call('pages/api/x.js'), 1)
})

test('a module that two routes import is one instance', async (t) => {
  const project = new Project(t, {
    'lib/state.ts': 'export const state = { count: 0 }',
    'pages/api/a.ts': "import { state } from '../../lib/state'\nexport default () => ++state.count",
    'pages/api/b.ts': "import { state } from '../../lib/state'\nexport default () => ++state.count",
  })
  const { outputs } = await project.build(['pages/api/a.ts', 'pages/api/b.ts'])
  const [a, b] = (await Promise.all(
    Object.values(outputs ?? {}).map((output) => project.import(output)),
  )) as [Record<string, any>, Record<string, any>]
  assert.deepEqual([a.default(), b.default(), a.default()], [1, 2, 3])
})

test('brackets and groups in names are unchanged in the output', async (t) => {
  const file = 'app/(shop)/api/[[...slug]]/route.ts'
  const project = new Project(t, { [file]: 'export const GET = () => 1' })
  const { outputs } = await project.build([file])
  assert.equal(outputs?.[file]?.module, 'routes/app/(shop)/api/[[...slug]]/route.mjs')
  assert.ok(existsSync(project.path(outputs[file])))
})

test('the methods of an app route are found in all forms of export', async (t) => {
  const project = new Project(t, {
    'lib/a.ts': 'export const GET = () => 1, HEAD = 1; export type PUT = string',
    'lib/b.ts': 'export function remove() {}',
    'app/r/route.ts': `
      export * from '../../lib/a'
      export { remove as DELETE } from '../../lib/b'
      export async function POST() {}
      export const dynamic = 'force-dynamic', helper = 1`,
  })
  const { outputs } = await project.build(['app/r/route.ts'])
  assert.deepEqual(outputs?.['app/r/route.ts']?.methods, ['GET', 'HEAD', 'POST', 'DELETE'])
  assert.deepEqual(outputs?.['app/r/route.ts']?.options, { dynamic: 'force-dynamic' })
})

test('NEXT_PUBLIC_ variables, env of the configuration and NODE_ENV are inlined', async (t) => {
  const project = new Project(t, {
    'pages/api/x.js':
      "export default () => [process.env.NEXT_PUBLIC_A, process.env['FROM_CONFIG'], process.env.NODE_ENV, process.env.SECRET]",
  })
  const options = {
    mode: 'development',
    env: { NEXT_PUBLIC_A: 'a "quoted"', SECRET: 'must stay out' },
    config: { env: { FROM_CONFIG: 'c' } },
  } as const
  await project.build(['pages/api/x.js'], options)
  assert.ok(!project.bundle().includes('must stay out'))
  assert.deepEqual(await project.call('pages/api/x.js', options), [
    'a "quoted"',
    'c',
    'development',
    undefined,
  ])
})

test('the runtime is inlined when the code is bundled', async (t) => {
  const project = new Project(t, {
    'pages/api/x.js': `
      export default async () => {
        if (process.env.NEXT_RUNTIME === 'edge') await import('no-such-package')
        return [process.env.NEXT_RUNTIME, process.browser]
      }`,
  })
  assert.deepEqual(await project.call('pages/api/x.js', { env: { NEXT_RUNTIME: 'mine' } }), [
    'nodejs',
    false,
  ])
})

test('next/* stays outside of the bundle, server-only is empty', async (t) => {
  const project = new Project(t, {
    'app/r/route.ts': `
      import 'server-only'
      import { NextResponse } from 'next/server'
      export const GET = () => NextResponse.json({})`,
  })
  await project.build(['app/r/route.ts'])
  const text = project.bundle()
  assert.match(text, /require\("next\/server"\)/)
  assert.doesNotMatch(text, /require\("server-only"\)/)
})

test('CommonJS handlers work, and a module knows its location', async (t) => {
  const project = new Project(t, {
    'lib/db.ts': 'export const name = "db"',
    'pages/api/x.js': `
      const { name } = require('../../lib/db')
      module.exports = () => ({ name, __dirname, __filename })`,
    'pages/api/y.mjs': `
      import { readFileSync } from 'node:fs'
      import { createRequire } from 'node:module'
      import { dirname } from 'node:path'
      import { fileURLToPath } from 'node:url'
      const require = createRequire(import.meta.url)
      const __dirname = dirname(fileURLToPath(import.meta.url))
      export default () => ({ __dirname, data: require('./data.json'), asset: readFileSync(new URL('./data.json', import.meta.url), 'utf8') })`,
    'pages/api/data.json': [1],
  })
  const before = process.cwd()
  process.chdir(project.root)
  t.after(() => process.chdir(before))
  const api = join(project.root, 'pages/api')
  assert.deepEqual(await project.call('pages/api/x.js'), {
    name: 'db',
    __dirname: api,
    __filename: join(api, 'x.js'),
  })
  assert.deepEqual(await project.call('pages/api/y.mjs'), {
    __dirname: api,
    data: [1],
    asset: '[1]',
  })
})

test('source maps map to the line of the source', async (t) => {
  const project = new Project(t, {
    'lib/fail.ts': 'export function fail(): never {\n  throw new Error(import.meta.url)\n}\n',
    'pages/api/x.ts': "import { fail } from '../../lib/fail'\nexport default () => fail()",
  })
  await project.build(['pages/api/x.ts'])
  const output = project.path({ module: 'chunks/modules.mjs' })
  const lines = readFileSync(output, 'utf8').split('\n')
  const line = lines.findIndex((text) => text.includes('throw new Error(')) + 1
  const map = new SourceMapConsumer(JSON.parse(readFileSync(`${output}.map`, 'utf8')))
  const place = map.originalPositionFor({ line, column: lines[line - 1]!.indexOf('new Error') })
  assert.equal(resolve(dirname(output), place.source), join(project.root, 'lib/fail.ts'))
  assert.equal(place.line, 2)
})

test('an error names file and line and shows the code, and nothing is written', async (t) => {
  const project = new Project(t, { 'pages/api/x.ts': 'export default () => {\n  const = 1\n}\n' })
  const { errors, outputs, inputs } = await project.build(['pages/api/x.ts'])
  assert.equal(outputs, undefined)
  assert.match(errors!.join(), /pages\/api\/x\.ts:2:8:\n.*2 │ {3}const = 1/s)
  assert.deepEqual(inputs, ['pages/api/x.ts'])
  assert.ok(!existsSync(join(project.root, '.millrace')))
})

test('JavaScript can import names of types, also in packages, and the imported modules run', async (t) => {
  const project = new Project(t, {
    'lib/t.ts': 'export type T = string\nexport const v = 1\n;(globalThis as any).ranTypes = true',
    'lib/only.ts': 'export interface Only { a: 1 }\n;(globalThis as any).ranOnly = true',
    'lib/uses.js':
      "import { T, v } from './t'\nimport { Only } from './only'\n/** @type {T} */\nexport const x = v",
    'lib/again.js': "export { T, v as y } from './t'",
    'node_modules/dep/package.json': { name: 'dep', type: 'module', exports: './index.js' },
    'node_modules/dep/index.js': "export { Type, value } from './value.js'",
    'node_modules/dep/value.js': 'export const value = 2',
    'pages/api/x.js': `
      import { x } from '../../lib/uses'
      import { y } from '../../lib/again'
      import { value } from 'dep'
      export default () => [x, y, value, globalThis.ranTypes, globalThis.ranOnly]`,
  })
  assert.deepEqual(await project.call('pages/api/x.js'), [1, 1, 2, true, true])
})

test('in development a broken file throws its message and the other routes work', async (t) => {
  const project = new Project(t, {
    'lib/bad.ts': 'export const = 1',
    'pages/api/good.ts': 'export default () => "good"',
    'pages/api/imports.ts': "import { a } from '../../lib/bad'\nexport default () => a",
    'pages/api/missing.ts': "import 'not-installed'\nexport default () => 1",
    'pages/api/name.ts': "import { nope } from './good'\nexport default () => nope",
    'pages/api/syntax.ts': 'export default (',
  })
  const files = ['good', 'imports', 'missing', 'name', 'syntax'].map(
    (name) => `pages/api/${name}.ts`,
  )
  const { outputs, problems, errors } = await project.build(files, { mode: 'development' })
  assert.equal(errors, undefined)
  assert.equal(problems?.length, 4)
  const load = (name: string) => project.import(outputs![`pages/api/${name}.ts`]!)
  assert.equal((await load('good')).default(), 'good')
  await assert.rejects(load('imports'), { name: 'CompileError', message: /lib\/bad\.ts:1:13/ })
  await assert.rejects(load('missing'), { message: /Could not resolve "not-installed"/ })
  await assert.rejects(load('name'), { message: /nope/ })
  await assert.rejects(load('syntax'), { message: /pages\/api\/syntax\.ts:1:16/ })

  project.write({ 'lib/bad.ts': 'export const a = "mended"' })
  const fixed = await project.build(files, { mode: 'development' })
  assert.equal(fixed.problems?.length, 3)
  const module = await project.import(fixed.outputs!['pages/api/imports.ts']!)
  assert.equal(module.default(), 'mended')
})

test('routes can be added and removed between builds', async (t) => {
  const project = new Project(t, {
    'pages/api/a.ts': 'export default () => 1',
    'pages/api/b.ts': 'export default () => 2',
  })
  assert.deepEqual(Object.keys((await project.build(['pages/api/a.ts'])).outputs!), [
    'pages/api/a.ts',
  ])
  assert.equal(
    Object.keys((await project.build(['pages/api/a.ts', 'pages/api/b.ts'])).outputs!).length,
    2,
  )
  assert.deepEqual((await project.build([])).outputs, {})
})
