/**
 * Tests `millrace dev`: what a save changes, and what it must not change.
 */

import assert from 'node:assert/strict'
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { project, type Server, type ServerOptions, startServer, write } from './support/index.ts'

/** Returns a handler that responds with a text. */
const handlerWith = (text: string): string =>
  `export default function handler(req, res) {\n  res.send(${JSON.stringify(text)})\n}\n`

interface Running {
  readonly server: Server
  readonly directory: string
  /** Saves a file in place, as some editors do. */
  save(path: string, content: string): void
  /** Returns status and text of a GET. */
  get(path: string): Promise<[number, string]>
}

async function develop(
  t: TestContext,
  files: Record<string, string>,
  options: Pick<ServerOptions, 'env' | 'args'> = {},
): Promise<Running> {
  const directory = project({ files })
  const server = await startServer({ command: 'dev', directory, ...options })
  t.after(() => server.stop())
  return {
    server,
    directory,
    save: (path, content) => write(directory, path, content),
    get: async (path) => {
      const response = await fetch(server.url + path, { redirect: 'manual' })
      return [response.status, await response.text()]
    },
  }
}

test('the request after a save sees the new code', async (t) => {
  const { save, get } = await develop(t, {
    'pages/api/a.js':
      "import { text } from '../../lib/text'\nexport default (req, res) => res.send(text)",
    'lib/text.js': "export const text = 'v0'",
    'app/b/route.ts':
      "import { text } from '../../lib/text'\nexport const GET = () => new Response(text)",
  })
  assert.deepEqual(await get('/api/a'), [200, 'v0'])
  for (let version = 1; version <= 10; version++) {
    save('lib/text.js', `export const text = 'v${version}'`)
    assert.deepEqual(await get('/api/a'), [200, `v${version}`])
    assert.deepEqual(await get('/b'), [200, `v${version}`])
  }
})

test('a save by rename, as many editors do, is seen', async (t) => {
  const { directory, save, get } = await develop(t, { 'pages/api/a.js': handlerWith('old') })
  save('pages/api/.a.js.tmp', handlerWith('new'))
  renameSync(join(directory, 'pages/api/.a.js.tmp'), join(directory, 'pages/api/a.js'))
  assert.deepEqual(await get('/api/a'), [200, 'new'])
})

for (const workers of ['1', '2']) {
  test(`no request is dropped or handled by old code during saves, workers: ${workers}`, async (t) => {
    const { save, get } = await develop(
      t,
      { 'pages/api/a.js': handlerWith('0') },
      { args: ['--workers', workers] },
    )
    let saved = 0
    let over = false
    let handled = 0
    const client = async (): Promise<void> => {
      let before = 0
      while (!over) {
        const expected = saved
        const [status, text] = await get('/api/a')
        assert.equal(status, 200, text)
        assert.ok(Number(text) >= expected, `requested after save ${expected}, handled by ${text}`)
        assert.ok(Number(text) >= before, `handled by ${text} after ${before}`)
        before = Number(text)
        handled++
      }
    }
    const saving = (async () => {
      while (saved < 25) {
        save('pages/api/a.js', handlerWith(String(saved + 1)))
        saved++
        const until = handled + 20
        while (handled < until && !over) await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    const clients = Array.from({ length: 8 }, () =>
      client().catch((error: unknown) => {
        over = true
        throw error
      }),
    )
    await saving
    over = true
    await Promise.all(clients)
    assert.deepEqual(await get('/api/a'), [200, '25'])
  })
}

test('a request in flight during a save ends with the code it began with', async (t) => {
  const slow = (text: string): string => `
    globalThis.waiting ??= []
    export default (req, res) => {
      if (req.query.wait) return new Promise((resolve) => globalThis.waiting.push(() => resolve(res.send(${JSON.stringify(text)}))))
      for (const go of globalThis.waiting.splice(0)) go()
      res.send(${JSON.stringify(text)} + ' now')
    }`
  const { save, get } = await develop(t, {
    'pages/api/a.js': slow('old'),
    'pages/api/count.js':
      'export default (req, res) => res.json((globalThis.waiting ?? []).length)',
  })
  const waiting = get('/api/a?wait=1')
  while ((await get('/api/count'))[1] !== '1') await new Promise((resolve) => setImmediate(resolve))
  save('pages/api/a.js', slow('new'))
  assert.deepEqual(await get('/api/a'), [200, 'new now'])
  assert.deepEqual(await waiting, [200, 'old'])
})

test('the process and globalThis are kept across reloads', async (t) => {
  const counts = (text: string): string => `
    globalThis.count ??= 0
    export default (req, res) => res.json({ count: ++globalThis.count, pid: process.pid, text: '${text}' })`
  const { save, get } = await develop(t, { 'pages/api/a.js': counts('old') })
  const first = JSON.parse((await get('/api/a'))[1])
  save('pages/api/a.js', counts('new'))
  const second = JSON.parse((await get('/api/a'))[1])
  assert.deepEqual(second, { count: 2, pid: first.pid, text: 'new' })
})

test('a syntax error is shown with file, line and code, other routes work, and a fix takes effect', async (t) => {
  const { server, save, get } = await develop(t, {
    'pages/api/a.ts': handlerWith('fine'),
    'pages/api/b.js': handlerWith('other'),
  })
  save('pages/api/a.ts', 'export default (req, res) => {\n  const = 1\n}\n')
  for (let i = 0; i < 2; i++) {
    const [status, text] = await get('/api/a')
    assert.equal(status, 500)
    assert.match(text, /pages\/api\/a\.ts:2:8/)
    assert.match(text, /2 │ {3}const = 1/)
  }
  assert.deepEqual(await get('/api/b'), [200, 'other'])
  await server.printed(/pages\/api\/a\.ts:2:8/)
  save('pages/api/a.ts', handlerWith('mended'))
  assert.deepEqual(await get('/api/a'), [200, 'mended'])
})

test('a missing import is an error until the file exists', async (t) => {
  const { save, get } = await develop(t, {
    'pages/api/a.js':
      "import { text } from '../../lib/late'\nexport default (req, res) => res.send(text)",
  })
  const [status, text] = await get('/api/a')
  assert.equal(status, 500)
  assert.match(text, /Could not resolve "..\/..\/lib\/late"/)
  save('lib/late.ts', "export const text: string = 'here'")
  assert.deepEqual(await get('/api/a'), [200, 'here'])
})

test('an error thrown while a module loads is shown with its stack until it is fixed', async (t) => {
  const { save, get } = await develop(t, { 'pages/api/a.ts': handlerWith('fine') })
  save('pages/api/a.ts', "const text: string = 'no database'\n\nthrow new Error(text)\n")
  const [status, text] = await get('/api/a')
  assert.equal(status, 500)
  assert.match(text, /no database/)
  assert.match(text, /pages\/api\/a\.ts:3/)
  save('pages/api/a.ts', handlerWith('mended'))
  assert.deepEqual(await get('/api/a'), [200, 'mended'])
})

test('added and removed files and folders change the routes', async (t) => {
  const { directory, save, get } = await develop(t, { 'pages/api/a.js': handlerWith('a') })
  assert.equal((await get('/api/b'))[0], 404)
  save('pages/api/b.js', handlerWith('b'))
  assert.deepEqual(await get('/api/b'), [200, 'b'])
  save('pages/api/deep/er/[id].js', 'export default (req, res) => res.send(req.query.id)')
  assert.deepEqual(await get('/api/deep/er/x'), [200, 'x'])
  save('app/new/route.js', "export const GET = () => new Response('app')")
  assert.deepEqual(await get('/new'), [200, 'app'])
  rmSync(join(directory, 'pages/api/b.js'))
  assert.equal((await get('/api/b'))[0], 404)
  renameSync(join(directory, 'pages/api/deep'), join(directory, 'pages/api/moved'))
  assert.equal((await get('/api/deep/er/x'))[0], 404)
  assert.deepEqual(await get('/api/moved/er/y'), [200, 'y'])
  rmSync(join(directory, 'pages/api/moved'), { recursive: true })
  assert.equal((await get('/api/moved/er/y'))[0], 404)
  assert.deepEqual(await get('/api/a'), [200, 'a'])
})

test('conflicting routes are reported to every request until one is removed', async (t) => {
  const { directory, save, get } = await develop(t, {
    'pages/api/users/[id].js': handlerWith('id'),
  })
  save('pages/api/users/[slug]/x.js', handlerWith('slug'))
  const [status, text] = await get('/api/users/1')
  assert.equal(status, 500)
  assert.match(text, /'id'.*'slug'|'slug'.*'id'/s)
  rmSync(join(directory, 'pages/api/users/[slug]'), { recursive: true })
  assert.deepEqual(await get('/api/users/1'), [200, 'id'])
})

test('environment files are read again, and the real environment takes precedence', async (t) => {
  const { directory, save, get } = await develop(
    t,
    {
      '.env': 'A=one\nB=from file\n',
      'pages/api/a.js': `export default (req, res) =>
        res.json([process.env.A ?? null, process.env.B, process.env.C ?? null, process.env.NEXT_PUBLIC_D ?? null])`,
    },
    { env: { B: 'real' } },
  )
  assert.deepEqual(await get('/api/a'), [200, '["one","real",null,null]'])
  save('.env', 'A=two\nB=x\nNEXT_PUBLIC_D=d')
  assert.deepEqual(await get('/api/a'), [200, '["two","real",null,"d"]'])
  save('.env.local', 'C=new\nA=local')
  assert.deepEqual(await get('/api/a'), [200, '["local","real","new","d"]'])
  rmSync(join(directory, '.env.local'))
  rmSync(join(directory, '.env'))
  assert.deepEqual(await get('/api/a'), [200, '[null,"real",null,null]'])
})

test('the configuration is evaluated again, with its imports', async (t) => {
  const { save, get } = await develop(t, {
    'next.config.mjs':
      "import { basePath } from './base.mjs'\nexport default { basePath, env: { V: '1' } }",
    'base.mjs': "export const basePath = '/one'",
    'pages/api/a.js': 'export default (req, res) => res.send(process.env.V)',
  })
  assert.deepEqual(await get('/one/api/a'), [200, '1'])
  save('base.mjs', "export const basePath = '/two'")
  assert.equal((await get('/one/api/a'))[0], 404)
  assert.deepEqual(await get('/two/api/a'), [200, '1'])
  save('next.config.mjs', "export default { env: { V: '2' } }")
  assert.deepEqual(await get('/api/a'), [200, '2'])
  save('next.config.mjs', "throw new Error('no secret')")
  const [status, text] = await get('/api/a')
  assert.equal(status, 500)
  assert.match(text, /next\.config\.mjs: no secret/)
  save('next.config.mjs', 'export default {}')
  assert.equal((await get('/api/a'))[0], 200)
})

test('a configuration that is broken from the start is reported, and a save fixes it', async (t) => {
  const { save, get } = await develop(t, {
    'next.config.js': 'module.exports = {',
    'pages/api/a.js': handlerWith('a'),
  })
  const [status, text] = await get('/api/a')
  assert.equal(status, 500)
  assert.match(text, /next\.config\.js:1:18/)
  save('next.config.js', 'module.exports = {}')
  assert.deepEqual(await get('/api/a'), [200, 'a'])
})

test('files that handlers write cause no rebuild', async (t) => {
  const { server, save, get } = await develop(t, {
    'pages/api/write.js': `
      import { mkdirSync, writeFileSync } from 'node:fs'
      export default (req, res) => {
        mkdirSync('data', { recursive: true })
        writeFileSync('data/app.db', 'x')
        writeFileSync('data/list.json', '[]')
        res.send('written')
      }`,
    'pages/api/a.js': handlerWith('old'),
  })
  for (let i = 0; i < 5; i++) assert.deepEqual(await get('/api/write'), [200, 'written'])
  save('pages/api/a.js', handlerWith('new'))
  assert.deepEqual(await get('/api/a'), [200, 'new'])
  await server.printed(/built \d+ routes?/)
  assert.equal(server.output().match(/built \d+ routes?/g)?.length, 1)
})

test('a project without routes starts, and its first route is found', async (t) => {
  const { save, get } = await develop(t, { 'package.json': '{}' })
  assert.equal((await get('/api/a'))[0], 404)
  save('src/pages/api/a.ts', handlerWith('first'))
  assert.deepEqual(await get('/api/a'), [200, 'first'])
})
