/**
 * Tests the bundler of development servers together with the worker's registry of modules: what is
 * compiled when, and which instances a save replaces.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type ModuleList, readModuleList } from '../../runtime/node/src/project/dev_modules.ts'
import type { BuildOutcome, BuildRequest } from '../src/bundle/types.ts'
import { DevBundler } from '../src/dev/dev_bundler.ts'

/** A project whose routes are compiled step by step, as a development server does. */
class Development {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-dev-bundler-')))
  readonly #bundler = new DevBundler()
  readonly #files: string[]
  #steps = 0
  #list: ModuleList | null = null

  constructor(t: TestContext, files: Readonly<Record<string, string>>) {
    for (const [path, text] of Object.entries(files)) this.write(path, text)
    this.#files = Object.keys(files).filter((path) => /^(?:app|pages)\//.test(path))
    t.after(async () => {
      await this.#bundler.close()
      rmSync(this.root, { recursive: true, force: true })
    })
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(join(this.root, path), text)
  }

  /** @param changes relative to the project; null if anything may have changed. */
  async step(
    changes: readonly string[] | null,
    wanted: readonly string[] = [],
    options: Partial<BuildRequest> = {},
  ): Promise<BuildOutcome> {
    const outdir = join(this.root, '.millrace', 'dev', String(++this.#steps))
    const outcome = await this.#bundler.build({
      root: this.root,
      mode: 'development',
      outdir,
      config: {},
      env: {},
      routes: this.#files.map((file) => ({
        path: `/${file}`,
        kind: file.startsWith('app') ? 'app' : 'pages',
        file,
      })),
      dev: { changes: changes?.map((path) => join(this.root, path)) ?? null, wanted },
      ...options,
    })
    if (outcome.errors === undefined) this.#list = readModuleList(outdir, this.#list)
    return outcome
  }

  /** Saves a file and compiles what is asked for. */
  async save(path: string, text: string, wanted: readonly string[] = []): Promise<BuildOutcome> {
    this.write(path, text)
    return await this.step([path], wanted)
  }

  /** Calls the default export of a route. */
  async call(file: string): Promise<unknown> {
    return ((await this.#list!.run(file))['default'] as () => unknown)()
  }

  get list(): ModuleList {
    return this.#list!
  }
}

/** More routes than are compiled at the start. */
const many = Object.fromEntries(
  Array.from({ length: 9 }, (_, i) => [`pages/api/other${i}.ts`, 'export default () => 0']),
)
const counting = 'let count = 0\nexport const next = () => ++count'
const using = (path: string): string =>
  `import { next } from '${path}'\nexport default () => next()`

test('of many routes only those that are asked for are compiled', async (t) => {
  const project = new Development(t, { ...many, 'pages/api/a.ts': 'export default () => 1' })
  const first = await project.step(null)
  assert.deepEqual(first.compiled, [])
  assert.equal(first.outputs!['pages/api/a.ts']!.lazy, true)
  const second = await project.step([], ['pages/api/a.ts'])
  assert.deepEqual(second.compiled, ['pages/api/a.ts'])
  assert.equal(second.outputs!['pages/api/a.ts']!.lazy, undefined)
  assert.equal(second.outputs!['pages/api/other1.ts']!.lazy, true)
  assert.deepEqual(second.inputs, ['pages/api/a.ts'])
  assert.equal(await project.call('pages/api/a.ts'), 1)
  await assert.rejects(project.call('pages/api/other1.ts'), /has not been compiled/)
  assert.deepEqual((await project.step([], ['pages/api/a.ts'])).compiled, [])
})

test('the routes of a small project are compiled at the start, and their errors reported', async (t) => {
  const project = new Development(t, {
    'pages/api/a.ts': 'export default () => 1',
    'app/b/route.ts': 'export const GET = () => {',
  })
  const { problems = [], compiled } = await project.step(null)
  assert.equal(compiled?.length, 2)
  assert.match(problems.join('\n'), /app\/b\/route\.ts:1:2\d/)
  assert.equal(await project.call('pages/api/a.ts'), 1)
})

test('a module is one instance for routes that are compiled at different times, in both routers', async (t) => {
  const project = new Development(t, {
    ...many,
    'lib/count.ts': counting,
    'pages/api/a.ts': using('../../lib/count'),
    'app/b/route.ts': using('../../lib/count'),
  })
  await project.step(null)
  await project.step([], ['pages/api/a.ts'])
  assert.equal(await project.call('pages/api/a.ts'), 1)
  await project.step([], ['app/b/route.ts'])
  assert.equal(await project.call('app/b/route.ts'), 2)
  assert.equal(await project.call('pages/api/a.ts'), 3)
})

test('a save replaces the changed module and those that import it, and no other', async (t) => {
  const project = new Development(t, {
    'lib/count.ts': counting,
    'lib/text.ts': "export const text = 'one'",
    'lib/between.ts':
      "import { text } from './text'\nexport { text }\nlet runs = 0\nexport const run = () => ++runs",
    'pages/api/a.ts':
      "import { next } from '../../lib/count'\nimport { run, text } from '../../lib/between'\nexport default () => [next(), run(), text]",
    'pages/api/b.ts': using('../../lib/count'),
  })
  await project.step(null)
  assert.deepEqual(await project.call('pages/api/a.ts'), [1, 1, 'one'])
  assert.equal(await project.call('pages/api/b.ts'), 2)
  const before = project.list
  const { compiled } = await project.save('lib/text.ts', "export const text = 'two'")
  assert.deepEqual(compiled, ['pages/api/a.ts'])
  assert.deepEqual(await project.call('pages/api/a.ts'), [3, 1, 'two'])
  assert.equal(await project.call('pages/api/b.ts'), 4)
  // The code of the generation before goes on with its modules.
  const old = (await before.run('pages/api/a.ts'))['default'] as () => unknown
  assert.deepEqual(old(), [5, 2, 'one'])
  // The state of what has changed is new.
  await project.save('lib/count.ts', `${counting}\nexport const changed = true`)
  assert.deepEqual(await project.call('pages/api/a.ts'), [1, 2, 'two'])
})

test('a module that is only imported by import() is replaced, too', async (t) => {
  const project = new Development(t, {
    'lib/text.ts': "export const text = 'one'",
    'pages/api/a.ts':
      "const early = import('../../lib/text')\nexport default async () => (await early).text + (await import('../../lib/text')).text",
  })
  await project.step(null)
  assert.equal(await project.call('pages/api/a.ts'), 'oneone')
  await project.save('lib/text.ts', "export const text = 'two'")
  assert.equal(await project.call('pages/api/a.ts'), 'twotwo')
})

test('nothing is kept when the configuration or the environment has changed', async (t) => {
  const project = new Development(t, {
    'lib/count.ts': counting,
    'pages/api/a.ts': using('../../lib/count'),
  })
  await project.step(null)
  assert.equal(await project.call('pages/api/a.ts'), 1)
  await project.step(null)
  assert.equal(await project.call('pages/api/a.ts'), 2)
  await project.step(null, [], { env: { KEY: 'new' } })
  assert.equal(await project.call('pages/api/a.ts'), 1)
})

test('a module that has failed runs again after a save of another', async (t) => {
  const project = new Development(t, {
    'lib/fails.ts':
      "if (!(globalThis as any).ready) throw new Error('not ready')\nexport const text = 'fine'",
    'pages/api/a.ts': "import { text } from '../../lib/fails'\nexport default () => text",
    'pages/api/b.ts': 'export default () => 0',
  })
  await project.step(null)
  await assert.rejects(project.call('pages/api/a.ts'), /not ready/)
  const state = globalThis as { ready?: boolean }
  state.ready = true
  t.after(() => delete state.ready)
  await assert.rejects(project.call('pages/api/a.ts'), /not ready/)
  await project.save('pages/api/b.ts', 'export default () => 1')
  assert.equal(await project.call('pages/api/a.ts'), 'fine')
})

test('names of `export *` are complete in import cycles', async (t) => {
  const project = new Development(t, {
    'lib/index.ts': "export * from './a'\nexport * from './b'\nexport * from './more'",
    'lib/a.ts': "import * as all from './index'\nexport const a = () => Object.keys(all).sort()",
    'lib/b.ts': "import { a } from './index'\nexport const b = () => a().length",
    'lib/more.ts': "export * from './deep'\nexport const more = 1",
    'lib/deep.ts': "import { b } from './index'\nexport const deep = () => b()",
    'pages/api/x.ts':
      "import { a, b, deep } from '../../lib'\nexport default () => [a(), b(), deep()]",
  })
  await project.step(null)
  assert.deepEqual(await project.call('pages/api/x.ts'), [['a', 'b', 'deep', 'more'], 4, 4])
})

test('modules with a top-level await in a cycle do not wait for each other', async (t) => {
  const project = new Development(t, {
    'lib/a.ts':
      "import { b } from './b'\nexport const a = await Promise.resolve('a')\nexport const both = () => a + b",
    'lib/b.ts':
      "import { a } from './a'\nexport const b = await Promise.resolve('b')\nexport const seen = () => a",
    'pages/api/x.ts':
      "import { both } from '../../lib/a'\nimport { seen } from '../../lib/b'\nfor await (const one of [1]) if (one !== 1) throw new Error('no')\nexport default () => both() + seen()",
  })
  await project.step(null)
  assert.equal(await project.call('pages/api/x.ts'), 'aba')
})

test('an error of one file fails its routes only, until a save corrects it', async (t) => {
  const project = new Development(t, {
    'lib/text.ts': "export const text = 'one'",
    'pages/api/a.ts': "import { text } from '../../lib/text'\nexport default () => text",
    'pages/api/b.ts': 'export default () => 0',
  })
  await project.step(null)
  const { problems = [], compiled } = await project.save('lib/text.ts', 'export const other = 1')
  assert.deepEqual(compiled, ['pages/api/a.ts'])
  assert.match(problems.join('\n'), /No matching export in "lib\/text\.ts" for import "text"/)
  await assert.rejects(project.call('pages/api/a.ts'), { name: 'CompileError' })
  assert.equal(await project.call('pages/api/b.ts'), 0)
  const mended = await project.save('lib/text.ts', "export const text = 'two'")
  assert.equal(mended.problems, undefined)
  assert.equal(await project.call('pages/api/a.ts'), 'two')
})

test('the files of replaced modules are removed after some generations', async (t) => {
  const project = new Development(t, { 'pages/api/a.ts': 'export default () => 0' })
  await project.step(null)
  const count = (): number => readdirSync(join(project.root, '.millrace/dev/modules')).length
  for (let i = 1; i <= 20; i++)
    await project.save('pages/api/a.ts', `export default () => ${i}`, ['pages/api/a.ts'])
  assert.equal(await project.call('pages/api/a.ts'), 20)
  // A module has two files.
  assert.ok(count() <= 2 * 12, `${count()} files`)
})

const three = ['a', 'b', 'c'].map((name) => `pages/api/${name}.ts`)
const importing = "import { text } from '../../lib/text'\nexport default () => text()"

/** A project with three compiled routes that share a module, and whether they need compiling. */
async function sharing(
  t: TestContext,
  text: string,
): Promise<{ project: Development; lazy: (outcome: BuildOutcome) => number }> {
  const project = new Development(t, {
    ...many,
    ...Object.fromEntries(three.map((file) => [file, importing])),
    'lib/text.ts': text,
    'lib/other.ts': "export const other = 'other'\nexport default 'default'",
  })
  await project.step(null, three)
  const lazy = ({ outputs }: BuildOutcome): number =>
    three.filter((file) => outputs![file]!.lazy === true).length
  return { project, lazy }
}

test('new contents that import and export the same need no bundling', async (t) => {
  const { project, lazy } = await sharing(
    t,
    "import { other } from './other'\nexport const text = () => 'one' + other",
  )
  const saved = await project.save(
    'lib/text.ts',
    "import { other } from './other'\nconst two = 'two'\nexport const text = () => two + other.length + other",
  )
  assert.equal(lazy(saved), 0)
  assert.deepEqual(saved.compiled, three)
  for (const file of three) assert.equal(await project.call(file), 'two5other')
  const route = await project.save(
    three[0]!,
    "import { text } from '../../lib/text'\nexport default () => [text()]",
  )
  assert.deepEqual(route.compiled, [three[0]])
  assert.deepEqual(await project.call(three[0]!), ['two5other'])
})

for (const [what, text, expected] of [
  ['another export', "export const text = () => 'two'\nexport const more = 1", 'two'],
  ['another import', "import { other } from './other'\nexport const text = () => other", 'other'],
  [
    'another name of an import',
    "import other from './other'\nexport const text = () => other",
    'default',
  ],
  ['a top-level await', "export const text = () => 'two'\nawait undefined", 'two'],
  ['CommonJS', "exports.text = () => 'two'", 'two'],
] as const)
  test(`new contents with ${what} are bundled`, async (t) => {
    const { project, lazy } = await sharing(
      t,
      "import * as all from './other'\nexport const text = () => 'one'",
    )
    const saved = await project.save('lib/text.ts', text)
    assert.equal(saved.problems, undefined)
    assert.ok(lazy(saved) > 0)
    await project.step([], three)
    for (const file of three) assert.equal(await project.call(file), expected)
  })

test('new contents that do not fit are errors, and so are invalid options', async (t) => {
  const { project } = await sharing(t, "export const text = () => 'one'")
  for (const [text, error] of [
    ["import { none } from './other'\nexport const text = () => none", /No matching export/],
    ["import { none } from './nowhere'\nexport const text = () => none", /Could not resolve/],
    ['export const text = () => {', /Unexpected end of file/],
  ] as const) {
    const { problems = [] } = await project.save('lib/text.ts', text, three)
    assert.match(problems.join('\n'), error)
    await assert.rejects(project.call(three[0]!), error)
  }
  await project.save('lib/text.ts', "export const text = () => 'two'", three)
  assert.equal(await project.call(three[0]!), 'two')
  const invalid = await project.save(
    three[0]!,
    `${importing}\nexport const config = { runtime: 'none' }`,
    three,
  )
  assert.match((invalid.problems ?? []).join('\n'), /can't recognize the exported `runtime` field/)
  const valid = await project.save(
    three[0]!,
    `${importing}\nexport const config = { maxDuration: 5 }`,
    three,
  )
  assert.deepEqual(valid.outputs![three[0]!]!.options, { maxDuration: 5 })
})
