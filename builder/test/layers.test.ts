/**
 * Tests which files packages resolve to for each kind of code, and which modules exist once per
 * layer.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { BuildRequest } from '../src/bundle/types.ts'
import { type Files, Project } from './support/project.ts'

type Module = Record<string, (() => unknown) | undefined>

/** Builds all routes among `files` and returns the result of each, by its file. */
async function resultsOf(
  t: TestContext,
  files: Files,
  options: Partial<BuildRequest> = {},
): Promise<Record<string, unknown>> {
  const project = new Project(t, files)
  const before = process.cwd()
  process.chdir(project.root)
  t.after(() => process.chdir(before))
  const routes = Object.keys(files).filter((file) => /^(?:pages|app)\//.test(file))
  const { outputs, middleware, errors } = await project.build(routes, options)
  assert.equal(errors, undefined)
  const modules = Object.entries(outputs!).map(([file, { module }]) => [file, module] as const)
  if (middleware) modules.push([middleware.file, middleware.module])
  const resultOf = async (module: string): Promise<unknown> => {
    const { GET, default: handler } = (await project.import({ module })) as Module
    return (GET ?? handler)!()
  }
  return Object.fromEntries(
    await Promise.all(modules.map(async ([file, module]) => [file, await resultOf(module)])),
  )
}

/** A package that exports the conditions under which it was resolved. */
const conditions: Files = {
  'node_modules/conds/package.json': {
    name: 'conds',
    exports: Object.fromEntries(
      [
        'react-server',
        'edge-light',
        'browser',
        'worker',
        'module',
        'production',
        'development',
      ].map((name) => [`./${name}`, { [name]: './yes.cjs', default: './no.cjs' }]),
    ),
  },
  'node_modules/conds/yes.cjs': 'exports.c = true',
  'node_modules/conds/no.cjs': 'exports.c = false',
  'node_modules/fields/package.json': {
    name: 'fields',
    main: './main.js',
    module: './module.mjs',
    browser: './browser.js',
  },
  'node_modules/fields/main.js': "exports.f = 'main'",
  'node_modules/fields/browser.js': "exports.f = 'browser'",
  'node_modules/fields/module.mjs': "export const f = 'module'",
  'lib/conds.ts': `
    import { c as r } from 'conds/react-server'
    import { c as e } from 'conds/edge-light'
    import { c as b } from 'conds/browser'
    import { c as w } from 'conds/worker'
    import { c as m } from 'conds/module'
    import { c as p } from 'conds/production'
    import { c as d } from 'conds/development'
    import { f } from 'fields'
    export const all = () => Object.entries({ r, e, b, w, m, p, d }).filter(([, value]) => value).map(([name]) => name).join('') + ' ' + f`,
}

test('each kind of route has its own conditions, even if all import the same module', async (t) => {
  const found = await resultsOf(t, {
    ...conditions,
    'app/a/route.ts': "import { all } from '../../lib/conds'\nexport const GET = all",
    'app/edge/route.ts':
      "import { all } from '../../lib/conds'\nexport const runtime = 'edge'\nexport const GET = all",
    'pages/api/p.ts': "import { all } from '../../lib/conds'\nexport default all",
    'pages/api/edge.ts':
      "import { all } from '../../lib/conds'\nexport const config = { runtime: 'edge' }\nexport default all",
    'middleware.ts': "import { all } from './lib/conds'\nexport default all",
  })
  assert.deepEqual(found, {
    'app/a/route.ts': 'rp module',
    'app/edge/route.ts': 'rebmp browser',
    // A package that Node.js can load is loaded by Node.js.
    'pages/api/p.ts': ' main',
    'pages/api/edge.ts': 'ebmp browser',
    'middleware.ts': 'rebmp browser',
  })
})

test('in development the condition development applies', async (t) => {
  const files = {
    ...conditions,
    'app/a/route.ts': "import { all } from '../../lib/conds'\nexport const GET = all",
  }
  assert.deepEqual(await resultsOf(t, files, { mode: 'development' }), {
    'app/a/route.ts': 'rd module',
  })
})

test('a package with only production and development conditions is resolved, also in imports', async (t) => {
  const only = (name: string) => ({ production: `./${name}.js`, development: './never.js' })
  const found = await resultsOf(t, {
    'node_modules/only/package.json': {
      name: 'only',
      type: 'module',
      exports: only('production'),
      imports: { '#inner': only('inner') },
    },
    'node_modules/only/production.js': "export { i } from '#inner'",
    'node_modules/only/inner.js': "export const i = 'inner'",
    'pages/api/p.ts': "import { i } from 'only'\nexport default () => i",
  })
  assert.deepEqual(found, { 'pages/api/p.ts': 'inner' })
})

test('modules that are equal in all layers are one instance, others one per layer', async (t) => {
  const route = (path: string) =>
    `import { state } from '${path}lib/state'\nimport { own } from '${path}lib/own'\n`
  const body =
    '() => { state.push(1); own.state.push(1); return [state.length > 1, own.state.length, own.c] }'
  const files: Files = {
    ...conditions,
    'lib/state.ts': 'export const state: number[] = []',
    'lib/own.ts':
      "import { c } from 'conds/react-server'\nexport const own = { state: [] as number[], c }",
    'app/a/route.ts': `${route('../../')}export const GET = ${body}`,
    'pages/api/p.ts': `${route('../../')}export default ${body}`,
  }
  const found = Object.values(await resultsOf(t, files)) as [boolean, number, boolean][]
  assert.deepEqual(found.map(([seen]) => seen).sort(), [false, true])
  assert.deepEqual(
    found.map(([, ...rest]) => rest),
    [
      [1, true],
      [1, false],
    ],
  )
})

test('a package that imports one with the condition is bundled with it, one that merely uses React is not', async (t) => {
  const found = await resultsOf(t, {
    ...conditions,
    'node_modules/indirect/package.json': {
      name: 'indirect',
      type: 'module',
      exports: './index.js',
    },
    'node_modules/indirect/index.js': "export { c } from 'conds/react-server'",
    'node_modules/react/package.json': {
      name: 'react',
      exports: { 'react-server': './server.js', default: './index.js' },
    },
    'node_modules/react/index.js': 'exports.createContext = () => 1',
    'node_modules/react/server.js': 'exports.cache = () => 1',
    'node_modules/uses/package.json': { name: 'uses', type: 'module', exports: './index.js' },
    'node_modules/uses/index.js':
      "import { createContext } from 'react'\nexport const u = createContext()",
    'app/a/route.ts':
      "import { c } from 'indirect'\nimport { u } from 'uses'\nimport * as React from 'react'\nexport const GET = () => [c, u, typeof React.cache]",
    'pages/api/p.ts':
      "import { c } from 'indirect'\nimport * as React from 'react'\nexport default () => [c, typeof React.cache]",
  })
  assert.deepEqual(found, {
    'app/a/route.ts': [true, 1, 'function'],
    'pages/api/p.ts': [false, 'undefined'],
  })
})

test("a file with 'use client' is client references for route handlers, and itself for pages/api", async (t) => {
  const found = await resultsOf(t, {
    'lib/client.tsx':
      "// A comment.\n'use client'\n;(globalThis as any).clientRan = true\nexport const format = (n: number): string => `${n}`\nexport default function Button() {}",
    'lib/helper.ts':
      "import Button, { format } from './client'\nexport const other = () => 'other'\nexport { Button, format }",
    'app/a/route.ts': `
      import { Button, format, other } from '../../lib/helper'
      export const GET = () => {
        const ran = (globalThis as any).clientRan === true
        try { format(1) } catch (error) { return [other(), typeof Button, (Button as any).$$typeof.description, ran, String(error)] }
      }`,
    'app/only.js/route.js':
      "import x, { named } from '../../lib/cjs'\nexport const GET = () => [typeof x, typeof named]",
    'lib/cjs.js':
      "/* It may stand behind */ 'use strict'; 'use client'\nmodule.exports = () => 1\nmodule.exports.named = 1",
  })
  assert.match(
    String((found['app/a/route.ts'] as unknown[]).pop()),
    /Attempted to call format\(\) from the server but format is on the client/,
  )
  assert.deepEqual(found['app/a/route.ts'], ['other', 'function', 'react.client.reference', false])
  assert.deepEqual(found['app/only.js/route.js'], ['function', 'function'])
})

test("a file with 'use client' is itself for pages/api beside route handlers that import it", async (t) => {
  const found = await resultsOf(t, {
    'lib/client.tsx': "'use client'\nexport const format = (n: number): string => `${n}`",
    'app/a/route.ts':
      "import { format } from '../../lib/client'\nexport const GET = () => typeof format",
    'pages/api/p.ts': "import { format } from '../../lib/client'\nexport default () => format(1)",
  })
  assert.deepEqual(found, { 'app/a/route.ts': 'function', 'pages/api/p.ts': '1' })
})

test('layer copies follow the imports of the project', async (t) => {
  const project = new Project(t, {
    ...conditions,
    'lib/x.ts': 'export const x = () => 0',
    'app/a/route.ts': "import { x } from '../../lib/x'\nexport const GET = x",
    'pages/api/p.ts': "import { x } from '../../lib/x'\nexport default x",
  })
  const build = async () => {
    const { outputs } = await project.build(['app/a/route.ts', 'pages/api/p.ts'], {
      mode: 'development',
    })
    const load = async (file: string) => (await project.import(outputs![file]!)) as Module
    return [(await load('app/a/route.ts'))['GET']!(), (await load('pages/api/p.ts'))['default']!()]
  }
  const bundled = /^\/\/ lib\/x\.ts/gm
  assert.deepEqual(await build(), [0, 0])
  assert.equal(project.bundle().match(bundled)?.length, 1)
  project.write({ 'lib/x.ts': "import { c } from 'conds/react-server'\nexport const x = () => c" })
  assert.deepEqual(await build(), [true, false])
  assert.equal(project.bundle().match(bundled)?.length, 2)
  project.write({ 'lib/x.ts': 'export const x = () => 2' })
  assert.deepEqual(await build(), [2, 2])
  assert.equal(project.bundle().match(bundled)?.length, 1)
})
