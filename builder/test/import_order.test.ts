/**
 * Tests the order in which modules run, and the effect of modules that fail: as under Next.js's
 * bundlers.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { type Files, Project } from './support/project.ts'

/** Modules record in it that they run. */
const ran = globalThis as unknown as { ran: string[] }

/** Returns files of `lib` that record when they run, in addition to their text. */
function telling(files: Record<string, string>): Files {
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      `lib/${name}.ts`,
      `${text}\n;(globalThis as any).ran.push('${name}')`,
    ]),
  )
}

/** Builds routes of `pages/api` and returns a function that loads one of them. */
async function built(
  t: TestContext,
  files: Files,
): Promise<(name: string) => Promise<Record<string, any>>> {
  ran.ran = []
  const project = new Project(t, files)
  const before = process.cwd()
  process.chdir(project.root)
  t.after(() => process.chdir(before))
  const routes = Object.keys(files).filter((file) => file.startsWith('pages/'))
  const { outputs, errors } = await project.build(routes)
  assert.equal(errors, undefined)
  return (name) => project.import(outputs![`pages/api/${name}.ts`]!)
}

const packages: Files = {
  'node_modules/cjs/package.json': { name: 'cjs' },
  'node_modules/cjs/index.js': "globalThis.ran.push('cjs'); exports.c = 'c'",
  'node_modules/esm/package.json': { name: 'esm', type: 'module', exports: './index.js' },
  'node_modules/esm/index.js':
    "globalThis.ran.push('esm'); export let e = 'e'; export const set = (value) => { e = value }; export default 'd'",
}

test('modules, packages in CommonJS and packages of ES modules run in the order of their imports, even if several routes share them', async (t) => {
  const load = await built(t, {
    ...packages,
    ...telling({
      first: '',
      second: "import 'cjs'",
      third: "import { e } from 'esm'\nexport const t = e",
    }),
    'pages/api/a.ts':
      "import '../../lib/first'\nimport '../../lib/second'\nimport { t } from '../../lib/third'\nexport default () => t",
    'pages/api/b.ts':
      "import { t } from '../../lib/third'\nimport '../../lib/first'\nexport default () => t",
  })
  assert.equal((await load('a')).default(), 'e')
  assert.deepEqual(ran.ran, ['first', 'cjs', 'second', 'esm', 'third'])
  await load('b')
  assert.equal(ran.ran.length, 5)
})

test("a package that a shared module imports runs after the route's earlier imports", async (t) => {
  const load = await built(t, {
    ...packages,
    ...telling({ client: "import 'cjs'\nimport 'esm'", settings: '' }),
    'pages/api/a.ts':
      "import '../../lib/settings'\nimport '../../lib/client'\nexport default () => 1",
    'pages/api/b.ts': "import '../../lib/client'\nexport default () => 1",
  })
  await load('a')
  assert.deepEqual(ran.ran, ['settings', 'cjs', 'esm', 'client'])
})

test('modules of another route do not run, and import() runs when it is called', async (t) => {
  const load = await built(t, {
    ...packages,
    ...telling({ other: "import 'cjs'", later: "import 'esm'\nexport const l = 1" }),
    'pages/api/a.ts': "export default async () => (await import('../../lib/later')).l",
    'pages/api/b.ts': "import '../../lib/other'\nexport default () => 1",
  })
  const { default: handler } = await load('a')
  assert.deepEqual(ran.ran, [])
  assert.equal(await handler(), 1)
  assert.deepEqual(ran.ran, ['esm', 'later'])
})

test('a top-level await delays importing modules and their later imports', async (t) => {
  const load = await built(t, {
    ...telling({ slow: 'await new Promise(setImmediate)\nexport const s = 1', after: '' }),
    'pages/api/a.ts':
      "import { s } from '../../lib/slow'\nimport '../../lib/after'\nexport default () => s",
    'pages/api/b.ts':
      "import '../../lib/after'\nimport { s } from '../../lib/slow'\nexport default () => s",
  })
  assert.equal((await load('a')).default(), 1)
  assert.deepEqual(ran.ran, ['slow', 'after'])
  assert.equal((await load('b')).default(), 1)
})

test('modules in an import cycle see functions at once and other exports once they have run', async (t) => {
  const load = await built(t, {
    'lib/a.ts':
      "import { b } from './b'\nexport function early() { return 'early' }\nexport const a = () => b",
    'lib/b.ts':
      "import { a, early } from './a'\nexport const b = early()\nexport const again = () => a()",
    'pages/api/x.ts':
      "import { a } from '../../lib/a'\nimport { again } from '../../lib/b'\nexport default () => [a(), again()]",
  })
  assert.deepEqual((await load('x')).default(), ['early', 'early'])
})

test('a module that throws fails its importers with the same error, and no other route', async (t) => {
  const load = await built(t, {
    ...telling({ good: '' }),
    'lib/bad.ts':
      "(globalThis as any).ran.push('bad')\nthrow new Error('at the top')\nexport const b = 1",
    'pages/api/a.ts':
      "import '../../lib/good'\nimport { b } from '../../lib/bad'\nexport default () => b",
    'pages/api/b.ts':
      "import '../../lib/good'\nexport default async () => {\n  try { await import('../../lib/bad') } catch (error) { return error }\n}",
    'pages/api/c.ts': "import '../../lib/good'\nexport default () => 'c'",
  })
  const error: unknown = await load('a').then(
    () => assert.fail('it has loaded'),
    (reason: unknown) => reason,
  )
  assert.match(String(error), /at the top/)
  assert.equal(await (await load('b')).default(), error)
  assert.equal((await load('c')).default(), 'c')
  assert.deepEqual(ran.ran, ['good', 'bad'])
})

test('a CommonJS package that throws is run again by the next importer', async (t) => {
  const load = await built(t, {
    'node_modules/fails/package.json': { name: 'fails' },
    'node_modules/fails/index.js':
      "globalThis.ran.push('fails'); if (globalThis.ran.length === 1) throw new Error('not yet'); exports.f = 'works'",
    'pages/api/a.ts': "import { f } from 'fails'\nexport default () => f",
    'pages/api/b.ts': "import { f } from 'fails'\nexport default () => f",
  })
  await assert.rejects(load('a'), /not yet/)
  assert.equal((await load('b')).default(), 'works')
})

test('an import waits for a package that is being loaded', async (t) => {
  const load = await built(t, {
    'node_modules/esm/package.json': { name: 'esm', type: 'module', exports: './index.js' },
    'node_modules/esm/index.js': "export { e } from './e.js'",
    'node_modules/esm/e.js': "globalThis.ran.push('esm'); export const e = 'e'",
    'node_modules/starts/package.json': { name: 'starts' },
    'node_modules/starts/index.js':
      "globalThis.ran.push('starts'); exports.loading = import('esm')",
    ...telling({ needs: "import { e } from 'esm'\nexport const n = e" }),
    'pages/api/a.ts':
      "import { loading } from 'starts'\nimport { n } from '../../lib/needs'\nexport default async () => [n, (await loading).e]",
  })
  assert.deepEqual(await (await load('a')).default(), ['e', 'e'])
  assert.deepEqual(ran.ran, ['starts', 'esm', 'needs'])
})

test('bindings of packages are live, default and namespace imports are as in Node.js', async (t) => {
  const load = await built(t, {
    ...packages,
    'pages/api/a.ts': `
      import d, { e, set } from 'esm'
      import * as all from 'esm'
      import { readFileSync } from 'node:fs'
      import path, * as paths from 'path'
      export default () => {
        const before = e
        set('changed')
        return [before, e, d, all.e, Object.keys(all).sort().join(), readFileSync.name, path.join === paths.join]
      }`,
  })
  assert.deepEqual((await load('a')).default(), [
    'e',
    'changed',
    'd',
    'changed',
    'default,e,set',
    'readFileSync',
    true,
  ])
})

test('functions and classes keep the names of their source if other modules use the same names', async (t) => {
  const text = `
    class Failure extends Error { constructor() { super(); this.name = this.constructor.name } }
    function handle() {}
    const arrow = () => 1
    export default () => [new Failure().name, handle.name, arrow.name, (() => { const inner = () => 1; return inner.name })()]`
  const load = await built(t, { 'pages/api/a.ts': text, 'pages/api/b.ts': text })
  const names = ['Failure', 'handle', 'arrow', 'inner']
  assert.deepEqual([(await load('a')).default(), (await load('b')).default()], [names, names])
})

test('a project can use the names that the bundle uses', async (t) => {
  const text = (value: string): string => `
    export var modules = [() => 1], millraceModules = ['${value}'], require_a = 1
    var __export = (a: number) => a + 1, __reExport = __export, __name = 'name', __esm = 1, __toESM = 2, __commonJS = 3
    export const used = [__export(1), __reExport(2), __name, __esm, __toESM, __commonJS, modules.length, ...millraceModules]
    export default () => used`
  const load = await built(t, { 'pages/api/a.ts': text('a'), 'pages/api/b.ts': text('b') })
  assert.deepEqual((await load('a')).default(), [2, 3, 'name', 1, 2, 3, 1, 'a'])
  assert.deepEqual((await load('b')).default(), [2, 3, 'name', 1, 2, 3, 1, 'b'])
})
