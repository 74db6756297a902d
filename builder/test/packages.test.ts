import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type Files, Project } from './support/project.ts'

/** Runs `work` in the project's folder, where its code runs. */
async function inside<T>(t: TestContext, project: Project, work: () => Promise<T>): Promise<T> {
  const before = process.cwd()
  process.chdir(project.root)
  t.after(() => process.chdir(before))
  return await work()
}

/** Builds `source` as a route beside `files` and returns its result and the text of its bundle. */
async function run(t: TestContext, files: Files, source: string) {
  const project = new Project(t, { ...files, 'pages/api/x.js': source })
  const value = await inside(t, project, () => project.call('pages/api/x.js'))
  return { value, text: project.bundle(), project }
}

const commonJs: Files = {
  'node_modules/dep/package.json': { name: 'dep', main: 'index.js' },
  // Exports whose names static analysis does not find.
  'node_modules/dep/index.js':
    "for (const name of ['one', 'two']) module.exports[name] = name // UNBUNDLED",
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

test('exports of CommonJS are imported as under Next.js, from every kind of module', async (t) => {
  const text = `
    import d, { named } from 'transpiled'
    import noDefault from 'marked'
    import plain, { a } from 'plain'
    import * as callable from 'callable'
    import { method } from 'instance'
    export const all = async () => [
      d, named, noDefault.named, plain.default, a, callable(2), callable.helper, typeof callable.default, method(),
      (await import('transpiled')).default, (await import('callable')).default(3),
    ]`
  const { value } = await run(
    t,
    {
      'package.json': { type: 'module' },
      'node_modules/transpiled/package.json': { name: 'transpiled' },
      'node_modules/transpiled/index.js':
        "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 'D'; exports.named = 'N'",
      'node_modules/marked/package.json': { name: 'marked' },
      'node_modules/marked/index.js': 'exports.__esModule = true; exports.named = 1',
      'node_modules/plain/package.json': { name: 'plain' },
      'node_modules/plain/index.js': "module.exports = { a: 1, default: 'own' }",
      'node_modules/callable/package.json': { name: 'callable' },
      'node_modules/callable/index.js':
        "module.exports = (n) => n + 1; module.exports.helper = 'helper'",
      'node_modules/instance/package.json': { name: 'instance' },
      'node_modules/instance/index.js':
        "class Made { method() { return 'method' } }; module.exports = new Made()",
      'lib/a.js': text,
      'lib/b.mjs': text,
    },
    "import * as a from '../../lib/a.js'\nimport * as b from '../../lib/b.mjs'\nexport default async () => [await a.all(), await b.all()]",
  )
  const expected = ['D', 'N', 1, 'own', 1, 3, 'helper', 'function', 'method', 'D', 4]
  assert.deepEqual(await value, [expected, expected])
})

test('an ES module package stays outside; import and require apply their own condition', async (t) => {
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
        exports: {
          '.': { 'module-sync': './sync.js', import: './never.js', require: './never.cjs' },
        },
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
  'ships TypeScript': {
    'package.json': { name: 'dep', main: 'index.ts' },
    'index.ts': 'export const a: string = "a"',
  },
  'ships JSX': {
    'package.json': { name: 'dep', main: 'index.jsx' },
    'index.jsx': 'const f = () => <p/>; export const a = "a"',
  },
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
    const inside = Object.fromEntries(
      Object.entries(files).map(([name, text]) => [`node_modules/dep/${name}`, text]),
    )
    const { value, text } = await run(
      t,
      {
        ...inside,
        'node_modules/react/package.json': { name: 'react' },
        'node_modules/react/jsx-runtime.js': '',
      },
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
    'pages/api/x.js':
      "import { one } from 'dep'\nimport { t } from 'ts'\nexport default () => [one, t]",
  })
  const text = async (config: object) => {
    await project.build(['pages/api/x.js'], { config })
    return project.bundle()
  }
  assert.doesNotMatch(await text({}), /for \(const name of|from "ts"/)
  assert.match(await text({ transpilePackages: ['dep'] }), /for \(const name of/)
  assert.match(await text({ serverExternalPackages: ['ts'] }), /require\("ts"\)/)
})

test('a workspace package is bundled together with its own package', async (t) => {
  const project = new Project(t, {
    'packages/lib/package.json': { name: 'lib', main: 'index.js' },
    'packages/lib/index.js': "module.exports = { version: require('dep').version }",
    'packages/lib/node_modules/dep/package.json': { name: 'dep' },
    'packages/lib/node_modules/dep/index.js': 'exports.version = "nested"',
    'node_modules/dep/package.json': { name: 'dep' },
    'node_modules/dep/index.js': 'exports.version = "root"',
    'pages/api/x.js':
      "import { version } from 'lib'\nimport dep from 'dep'\nexport default () => [version, dep.version]",
  })
  symlinkSync(join(project.root, 'packages/lib'), join(project.root, 'node_modules/lib'))
  assert.deepEqual(await inside(t, project, () => project.call('pages/api/x.js')), [
    'nested',
    'root',
  ])
  const { inputs } = await project.build(['pages/api/x.js'])
  assert.deepEqual(inputs, ['packages/lib/index.js', 'pages/api/x.js'])
})

test('requiring a missing package inside try does not fail the build', async (t) => {
  const { value } = await run(
    t,
    {},
    `let found = true
     try { require('missing') } catch { found = false }
     export default () => found`,
  )
  assert.equal(value, false)
})

test('a package is bundled if any of its direct or indirect imports only works bundled', async (t) => {
  const { value, text } = await run(
    t,
    {
      'node_modules/outer/package.json': { name: 'outer', type: 'module', exports: './index.js' },
      'node_modules/outer/index.js': "export { a } from './deep/a.js'",
      'node_modules/outer/deep/a.js': "export { b as a } from 'inner'",
      'node_modules/inner/package.json': { name: 'inner', type: 'module', exports: './index.js' },
      'node_modules/inner/index.js': "export { b } from './b'",
      'node_modules/inner/b.js': 'export const b = "b"',
    },
    "import { a } from 'outer'\nexport default () => a",
  )
  assert.equal(value, 'b')
  assert.match(text, /const b = "b"|b = "b"/)
})

test('a package with top-level await is bundled and awaited by its importers', async (t) => {
  const { value, text } = await run(
    t,
    {
      'node_modules/slow/package.json': { name: 'slow', type: 'module', exports: './index.js' },
      'node_modules/slow/index.js':
        "export { s } from './s.js'\nexport const f = async () => await 1",
      'node_modules/slow/s.js': "export const s = await Promise.resolve('slow')",
      'node_modules/quick/package.json': { name: 'quick', type: 'module', exports: './index.js' },
      'node_modules/quick/index.js': "export const q = async () => await 'await'",
    },
    "import { s } from 'slow'\nimport { q } from 'quick'\nexport default async () => [s, await q()]",
  )
  assert.deepEqual(await value, ['slow', 'await'])
  assert.match(text, /require\("quick"\)/)
  assert.doesNotMatch(text, /require\("slow"\)/)
})

test('a package is bundled if Node.js cannot resolve its import(), unless the target is missing', async (t) => {
  const { value, text } = await run(
    t,
    {
      'node_modules/lazy/package.json': { name: 'lazy', type: 'module', exports: './index.js' },
      'node_modules/lazy/index.js': "export const load = async () => (await import('./part')).p",
      'node_modules/lazy/part.js': "export const p = 'part'",
      'node_modules/maybe/package.json': { name: 'maybe', type: 'module', exports: './index.js' },
      'node_modules/maybe/index.js':
        "export const load = () => import('./driver.js').catch(() => 'none')",
    },
    "import { load } from 'lazy'\nimport * as maybe from 'maybe'\nexport default async () => [await load(), await maybe.load()]",
  )
  assert.deepEqual(await value, ['part', 'none'])
  assert.match(text, /require\("maybe"\)/)
})

test('an ES module that calls require() is bundled, unless it creates its own', async (t) => {
  const esm = (name: string, text: string): Files => ({
    [`node_modules/${name}/package.json`]: { name, type: 'module', exports: './index.js' },
    [`node_modules/${name}/index.js`]: text,
  })
  const { value, text } = await run(
    t,
    {
      ...esm(
        'bundled',
        `
        var __require = ((x) => typeof require !== 'undefined' ? require : x)(function (x) { throw Error('Dynamic require of "' + x + '" is not supported') })
        export const sep = __require('path').sep`,
      ),
      ...esm(
        'makes',
        "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)\nexport const sep = require('path').sep",
      ),
      ...esm(
        'both',
        "const both = { sep: 'of require' }\nexport const sep = 'of import'\nexport { both as 'module.exports' }",
      ),
      ...esm(
        'says',
        "/** @example require('says') */\n// require('says')\nexport const sep = 'says'",
      ),
    },
    "import * as b from 'bundled'\nimport * as m from 'makes'\nimport * as s from 'says'\nimport { sep } from 'both'\nexport default () => [b.sep, m.sep, s.sep, sep]",
  )
  assert.deepEqual(value, ['/', '/', 'says', 'of import'])
  assert.deepEqual(
    ['bundled', 'makes', 'says'].map((name) => text.includes(`require("${name}")`)),
    [false, true, true],
  )
})

test('comments, strings and templates that look like module syntax are ignored', async (t) => {
  const { text } = await run(
    t,
    {
      'node_modules/looks/package.json': { name: 'looks' },
      'node_modules/looks/index.js':
        'exports.text = `\nimport x from "y"\nexport default 1\n`\n/*\nexport const a = 1\n*/',
      'node_modules/hides/package.json': { name: 'hides' },
      'node_modules/hides/index.js': 'var a=1;export{a}',
    },
    "import { text } from 'looks'\nimport { a } from 'hides'\nexport default () => [text, a]",
  )
  assert.match(text, /require\("looks"\)/)
  assert.doesNotMatch(text, /require\("hides"\)/)
})

test("a dependency of only a workspace package is loaded from that package's node_modules", async (t) => {
  const project = new Project(t, {
    'repo/apps/api/pages/api/x.js': "import { all } from 'lib'\nexport default () => all()",
    'repo/packages/lib/package.json': { name: 'lib', main: 'index.ts' },
    'repo/packages/lib/index.ts': `
      import { c } from 'cjs'
      import e, { n } from 'esm'
      export const all = async () => [c, e, n, (await import('cjs')).c, require('cjs').c, require('optional').missing]`,
    'repo/node_modules/.store/cjs@1/node_modules/cjs/package.json': { name: 'cjs' },
    'repo/node_modules/.store/cjs@1/node_modules/cjs/index.js':
      "exports.c = require('dep') // UNBUNDLED",
    'repo/node_modules/.store/cjs@1/node_modules/dep/package.json': { name: 'dep' },
    'repo/node_modules/.store/cjs@1/node_modules/dep/index.js': "module.exports = 'dep'",
    'repo/node_modules/.store/esm@1/node_modules/esm/package.json': {
      name: 'esm',
      type: 'module',
      exports: { import: './index.js', require: './never.cjs' },
    },
    'repo/node_modules/.store/esm@1/node_modules/esm/index.js':
      "export default 'esm'; export const n = 'n' // UNBUNDLED",
    'repo/node_modules/.store/esm@1/node_modules/esm/never.cjs': '',
    'repo/node_modules/.store/optional@1/node_modules/optional/package.json': { name: 'optional' },
    'repo/node_modules/.store/optional@1/node_modules/optional/index.js':
      "try { require('driver') } catch { exports.missing = true }",
  })
  const link = (from: string, to: string): void => {
    mkdirSync(dirname(project.root + from), { recursive: true })
    symlinkSync(project.root + to, project.root + from)
  }
  link('/repo/apps/api/node_modules/lib', '/repo/packages/lib')
  for (const name of ['cjs', 'esm', 'optional']) {
    link(
      `/repo/packages/lib/node_modules/${name}`,
      `/repo/node_modules/.store/${name}@1/node_modules/${name}`,
    )
  }
  const app = new Project(t, {}, join(project.root, 'repo/apps/api'))
  assert.deepEqual(await inside(t, app, async () => await app.call('pages/api/x.js')), [
    'dep',
    'esm',
    'n',
    'dep',
    'dep',
    true,
  ])
  assert.doesNotMatch(app.bundle(), /UNBUNDLED/)
})

test('an alias of the project applies in a workspace package that has a tsconfig.json of its own', async (t) => {
  const project = new Project(t, {
    'app/tsconfig.json': { compilerOptions: { paths: { '@/*': ['./src/*'] } } },
    'app/src/value.ts': "export const value = 'of the project'",
    'app/pages/api/x.js': "import { v, own } from 'lib'\nexport default () => [v, own]",
    'packages/lib/package.json': { name: 'lib', main: 'index.ts' },
    'packages/lib/tsconfig.json': { compilerOptions: { paths: { '~/*': ['./*'] } } },
    'packages/lib/index.ts': "export { value as v } from '@/value'\nexport { own } from '~/own'",
    'packages/lib/own.ts': "export const own = 'of the package'",
  })
  mkdirSync(join(project.root, 'app/node_modules'))
  symlinkSync(join(project.root, 'packages/lib'), join(project.root, 'app/node_modules/lib'))
  const app = new Project(t, {}, join(project.root, 'app'))
  assert.deepEqual(await app.call('pages/api/x.js'), ['of the project', 'of the package'])
})

test('an alias takes precedence over a package of the same name', async (t) => {
  const { value } = await run(
    t,
    {
      ...commonJs,
      'tsconfig.json': { compilerOptions: { paths: { dep: ['./lib/own'] } } },
      'lib/own.ts': "export const one = 'own'",
    },
    "import { one } from 'dep'\nexport default () => one",
  )
  assert.equal(value, 'own')
})

test('modules of next that the runtime lacks come from the installed package, also inside other packages', async (t) => {
  const { value, text } = await run(
    t,
    {
      'node_modules/next/package.json': { name: 'next', version: '16.0.0' },
      'node_modules/next/link.js': "module.exports = require('./dist/client/link')",
      'node_modules/next/dist/client/link.js':
        'exports.__esModule = true; exports.default = function Link() {}',
      'node_modules/uses/package.json': { name: 'uses', type: 'module', exports: './index.js' },
      'node_modules/uses/index.js':
        "import link from 'next/link.js'\nexport default link.default.name",
    },
    `import Link from 'next/link'
     import inner from 'next/dist/client/link'
     import { version } from 'next/package.json'
     import uses from 'uses'
     export default () => [Link.name, Link === inner, version, uses]`,
  )
  assert.deepEqual(value, ['Link', true, '16.0.0', 'Link'])
  assert.match(text, /require\("next\/link"\)/)
})

for (const [what, specifier, advice] of [
  ['a module of next that is not installed', 'next/link', /npm install next$/m],
  ['a package', '@scope/name/sub', /npm install @scope\/name$/m],
  ['an alias', '@/generated/client', /no entry of "paths"/],
  ['a name of "imports"', '#db', /"imports" in package\.json/],
] as const) {
  test(`${what} that cannot be resolved fails the build with the importer and the solution`, async (t) => {
    const project = new Project(t, {
      'lib/a.ts': `import '${specifier}'`,
      'pages/api/x.ts': "import '../../lib/a'\nexport default () => 1",
    })
    const { errors } = await project.build(['pages/api/x.ts'])
    const text = errors!.join()
    assert.ok(text.startsWith(`Could not resolve "${specifier}"`))
    assert.match(text, /lib\/a\.ts:1:7/)
    assert.match(text, advice)
  })
}

test('packages that were installed or changed between two builds are found', async (t) => {
  const project = new Project(t, {
    'pages/api/x.js': "import { d } from 'dep'\nexport default () => d",
  })
  const build = async () => await project.build(['pages/api/x.js'])
  assert.match((await build()).errors!.join(), /Could not resolve "dep"/)
  project.write({
    'node_modules/dep/package.json': { name: 'dep' },
    'node_modules/dep/index.js': 'exports.d = 1',
  })
  assert.equal((await build()).errors, undefined)
  assert.match(project.bundle(), /require\("dep"\)/)
  project.write({
    'package-lock.json': { version: 2 },
    'node_modules/dep/package.json': { name: 'dep', module: 'index.js', main: 'none.js' },
    'node_modules/dep/index.js': 'export const d = 2',
  })
  assert.equal((await build()).errors, undefined)
  assert.doesNotMatch(project.bundle(), /require\("dep"\)/)
  project.write({
    'lib/own.js': 'export const d = 3',
    'tsconfig.json': { compilerOptions: { paths: { dep: ['./lib/own'] } } },
  })
  assert.equal(await project.call('pages/api/x.js'), 3)
})

test("modules that only Next.js's compiler supports are recorded for the routes that reach them, also in packages", async (t) => {
  const project = new Project(t, {
    'node_modules/next/package.json': { name: 'next' },
    'node_modules/next/font/local/index.js': 'exports.default = () => { throw new Error() }',
    'node_modules/fonts/package.json': { name: 'fonts', type: 'module', exports: './index.js' },
    'node_modules/fonts/index.js':
      "import local from 'next/font/local/index.js'\nexport const font = () => local()",
    'lib/brand.ts':
      "import local from 'next/font/local'\nexport const brand = () => local({ src: './a.woff2' })",
    'pages/api/a.ts': "import { brand } from '../../lib/brand'\nexport default () => typeof brand",
    'pages/api/b.ts': "import { font } from 'fonts'\nexport default () => typeof font",
    'pages/api/c.ts': 'export default () => 1',
  })
  const { needs } = await project.build(['pages/api/a.ts', 'pages/api/b.ts', 'pages/api/c.ts'])
  const files = Object.entries(needs ?? {}).map(([route, found]) => [
    route,
    found.map(({ file }) => file.slice(project.root.length + 1)),
  ])
  assert.deepEqual(files, [
    ['pages/api/a.ts', ['lib/brand.ts']],
    ['pages/api/b.ts', ['node_modules/fonts/index.js']],
  ])
})
