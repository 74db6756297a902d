import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type Files, Project } from './support/project.ts'

/** Does something in the project's folder, where its code runs. */
async function inside<T>(t: TestContext, project: Project, work: () => Promise<T>): Promise<T> {
  const before = process.cwd()
  process.chdir(project.root)
  t.after(() => process.chdir(before))
  return await work()
}

/** Builds `source` as a route beside `files` and returns what it returns and the text of its bundle. */
async function run(t: TestContext, files: Files, source: string) {
  const project = new Project(t, { ...files, 'pages/api/x.js': source })
  const value = await inside(t, project, () => project.call('pages/api/x.js'))
  return { value, text: project.bundle(), project }
}

const commonJs: Files = {
  'node_modules/dep/package.json': { name: 'dep', main: 'index.js' },
  // Names that reading the text does not show.
  'node_modules/dep/index.js': "for (const name of ['one', 'two']) module.exports[name] = name // UNBUNDLED",
}

test('a CommonJS package stays outside, and every kind of import of it works', async (t) => {
  const { value, text } = await run(
    t,
    commonJs,
    `import { one } from 'dep'
     import whole, { two } from 'dep'
     import * as all from 'dep'
     const required = require('dep')
     export default async () => [one, two, whole.one, all.two, required.one, (await import('dep')).default.two, require.resolve('dep').length > 3]`,
  )
  assert.deepEqual(await value, ['one', 'two', 'one', 'two', 'one', 'two', true])
  assert.ok(!text.includes('UNBUNDLED'))
})

test('the default import of transpiled CommonJS is its default export', async (t) => {
  const { value } = await run(
    t,
    {
      'node_modules/dep/package.json': { name: 'dep' },
      'node_modules/dep/index.js': `
        Object.defineProperty(exports, '__esModule', { value: true })
        exports.default = () => 'default'
        exports.named = 'named'`,
    },
    "import call, { named } from 'dep'\nexport default () => [call(), named]",
  )
  assert.deepEqual(value, ['default', 'named'])
})

test('an ES module package stays outside; import and require take their own condition', async (t) => {
  const { value, text } = await run(
    t,
    {
      'node_modules/dep/package.json': {
        name: 'dep',
        exports: { '.': { module: './never.js', import: './a.mjs', require: './a.cjs' } },
      },
      'node_modules/dep/a.mjs': "export { a } from './b.mjs'",
      'node_modules/dep/b.mjs': 'export const a = "import"',
      'node_modules/dep/a.cjs': 'exports.a = "require"',
    },
    "import { a } from 'dep'\nexport default () => [a, require('dep').a]",
  )
  assert.deepEqual(value, ['import', 'require'])
  assert.match(text, /\("\.\/node_modules\/dep\/a\.mjs"\)/)
  assert.doesNotMatch(text, /const a = /)
})

test('module-sync is resolved as Node.js does', async (t) => {
  const { value, text } = await run(
    t,
    {
      'node_modules/dep/package.json': {
        name: 'dep',
        type: 'module',
        exports: { '.': { 'module-sync': './sync.js', import: './never.js', require: './never.cjs' } },
      },
      'node_modules/dep/sync.js': 'export const a = "sync"\nexport default 1',
      'node_modules/dep/never.js': '',
      'node_modules/dep/never.cjs': '',
    },
    "import { a } from 'dep'\nexport default () => [a, require('dep').a]",
  )
  assert.deepEqual(value, ['sync', 'sync'])
  assert.match(text, /require\("dep"\)/)
})

for (const [why, files] of Object.entries<Files>({
  'ships TypeScript': { 'package.json': { name: 'dep', main: 'index.ts' }, 'index.ts': 'export const a: string = "a"' },
  'ships JSX': { 'package.json': { name: 'dep', main: 'index.jsx' }, 'index.jsx': 'const f = () => <p/>; export const a = "a"' },
  'has ES module syntax that Node.js would not expect': {
    'package.json': { name: 'dep', main: 'index.js' },
    'index.js': "export { a } from './b'",
    'b.js': 'export const a = "a"',
  },
  'imports without extensions as an ES module': {
    'package.json': { name: 'dep', type: 'module', exports: './index.js' },
    'index.js': "export { a } from './b'",
    'b.js': 'export const a = "a"',
  },
})) {
  test(`a package that ${why} is bundled`, async (t) => {
    const inside = Object.fromEntries(Object.entries(files).map(([name, text]) => [`node_modules/dep/${name}`, text]))
    const { value, text } = await run(
      t,
      { ...inside, 'node_modules/react/package.json': { name: 'react' }, 'node_modules/react/jsx-runtime.js': '' },
      "import { a } from 'dep'\nexport default () => a",
    )
    assert.equal(value, 'a')
    assert.doesNotMatch(text, /require\("dep"\)/)
  })
}

test('transpilePackages bundles, serverExternalPackages does not', async (t) => {
  const project = new Project(t, {
    ...commonJs,
    'node_modules/ts/package.json': { name: 'ts', exports: './index.ts' },
    'node_modules/ts/index.ts': 'export const t = 1',
    'pages/api/x.js': "import { one } from 'dep'\nimport { t } from 'ts'\nexport default () => [one, t]",
  })
  const text = async (config: object) => {
    await project.build(['pages/api/x.js'], { config })
    return project.bundle()
  }
  assert.doesNotMatch(await text({}), /for \(const name of|from "ts"/)
  assert.match(await text({ transpilePackages: ['dep'] }), /for \(const name of/)
  assert.match(await text({ serverExternalPackages: ['ts'] }), /require\("ts"\)/)
})

test('a workspace package is bundled, and a package of its own comes with it', async (t) => {
  const project = new Project(t, {
    'packages/lib/package.json': { name: 'lib', main: 'index.js' },
    'packages/lib/index.js': "module.exports = { version: require('dep').version }",
    'packages/lib/node_modules/dep/package.json': { name: 'dep' },
    'packages/lib/node_modules/dep/index.js': 'exports.version = "nested"',
    'node_modules/dep/package.json': { name: 'dep' },
    'node_modules/dep/index.js': 'exports.version = "root"',
    'pages/api/x.js': "import { version } from 'lib'\nimport dep from 'dep'\nexport default () => [version, dep.version]",
  })
  symlinkSync(join(project.root, 'packages/lib'), join(project.root, 'node_modules/lib'))
  assert.deepEqual(await inside(t, project, () => project.call('pages/api/x.js')), ['nested', 'root'])
  const { inputs } = await project.build(['pages/api/x.js'])
  assert.deepEqual(inputs, ['packages/lib/index.js', 'pages/api/x.js'])
})

test('a package that is missing may be required inside try', async (t) => {
  const { value } = await run(
    t,
    {},
    `let found = true
     try { require('missing') } catch { found = false }
     export default () => found`,
  )
  assert.equal(value, false)
})
