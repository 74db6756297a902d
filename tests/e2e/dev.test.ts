/**
 * Tests `millrace dev`: what a save changes, and what it must not change.
 */

import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
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

/** The text of a route of `pages/api` (even numbers) or `app` (odd ones) that reports versions. */
function versioned(number: number, version: number): [path: string, url: string, text: string] {
  const value = `[${version}, common()]`
  return number % 2 === 0
    ? [
        `pages/api/r${number}.ts`,
        `/api/r${number}`,
        `import { common } from '../../lib/common'\nexport default (req, res) => res.json(${value})`,
      ]
    : [
        `app/r${number}/route.ts`,
        `/r${number}`,
        `import { common } from '../../lib/common'\nexport const GET = () => Response.json(${value})`,
      ]
}

test('of many routes, every request after a save sees the new code, whether its route was compiled or not', async (t) => {
  const routes = 24
  const common = (version: number): string => `export const common = () => ${version}`
  const files = Object.fromEntries(
    Array.from({ length: routes }, (_, number) => {
      const [path, , text] = versioned(number, 0)
      return [path, text]
    }),
  )
  const { server, save, get } = await develop(t, { ...files, 'lib/common.ts': common(0) })
  const saved = Array.from({ length: routes }, () => 0)
  let shared = 0
  let over = false
  let handled = 0
  const client = async (first: number): Promise<void> => {
    for (let number = first; !over; number = (number + 5) % routes) {
      const [own, all] = [saved[number]!, shared]
      const [status, text] = await get(versioned(number, 0)[1])
      assert.equal(status, 200, text)
      const [version, common] = JSON.parse(text) as [number, number]
      assert.ok(version >= own && common >= all, `${text} after saves ${own} and ${all}`)
      handled++
    }
  }
  const saving = async (): Promise<void> => {
    for (let round = 1; round <= 40 && !over; round++) {
      if (round % 3 === 0) {
        save('lib/common.ts', `${common(round)}${round % 2 === 0 ? '' : '\nexport const odd = 1'}`)
        shared = round
      } else {
        const number = (round * 7) % routes
        const [path, , text] = versioned(number, round)
        save(path, text)
        saved[number] = round
      }
      const until = handled + 4
      while (handled < until && !over) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const clients = [0, 1, 2, 3].map((first) =>
    client(first).catch((error: unknown) => {
      over = true
      throw error
    }),
  )
  await saving()
  over = true
  await Promise.all(clients)
  for (let number = 0; number < routes; number++)
    assert.deepEqual(await get(versioned(number, 0)[1]), [200, `[${saved[number]},${shared}]`])
  await server.printed(/compiled \/r1\b|compiled .*\/r1\b/)
})

test('a route is compiled once for requests that arrive together, and routes with errors fail alone', async (t) => {
  const others = Object.fromEntries(
    Array.from({ length: 9 }, (_, number) => [`pages/api/o${number}.js`, handlerWith('other')]),
  )
  const { server, get } = await develop(t, {
    ...others,
    'lib/count.ts': 'globalThis.loaded = (globalThis.loaded ?? 0) + 1',
    'pages/api/a.ts':
      "import '../../lib/count'\nexport default (req, res) => res.json(globalThis.loaded)",
    'pages/api/broken.ts': "import '../../lib/nowhere'\nexport default (req, res) => res.json(1)",
  })
  const responses = await Promise.all([
    ...Array.from({ length: 8 }, () => get('/api/a')),
    get('/api/broken'),
    get('/api/o1'),
  ])
  for (const response of responses.slice(0, 8)) assert.deepEqual(response, [200, '1'])
  assert.equal(responses[8]![0], 500)
  assert.match(responses[8]![1], /Could not resolve "..\/..\/lib\/nowhere"/)
  assert.deepEqual(responses[9], [200, 'other'])
  assert.equal(server.output().match(/compiled [^\n]*\/api\/a\b/g)?.length, 1)
})

test('the middleware runs once for a request whose route must be compiled, and its body arrives', async (t) => {
  const others = Object.fromEntries(
    Array.from({ length: 9 }, (_, number) => [`pages/api/o${number}.js`, handlerWith('other')]),
  )
  const { server } = await develop(t, {
    ...others,
    'proxy.ts': `
      import { NextResponse } from 'next/server'
      export async function proxy(request) {
        globalThis.runs = (globalThis.runs ?? 0) + 1
        const headers = new Headers(request.headers)
        headers.set('x-read', String((await request.text()).length))
        return NextResponse.next({ request: { headers } })
      }`,
    'app/a/route.ts':
      "export const POST = async (request) => Response.json([globalThis.runs, request.headers.get('x-read'), (await request.text()).length])",
  })
  const body = 'x'.repeat(300_000)
  const response = await fetch(`${server.url}/a`, { method: 'POST', body })
  assert.deepEqual(await response.json(), [1, '300000', 300_000])
})

test('files behind symbolic links and packages of a workspace are watched', async (t) => {
  const workspace = project({
    files: {
      'package.json': '{"workspaces":["packages/*","web"]}',
      'packages/shared/package.json': '{"name":"@w/shared","main":"./index.ts"}',
      'packages/shared/index.ts': "export { text } from './text'",
      'packages/shared/text.ts': "export const text = 'package 1'",
      'routes/linked.ts': "export default (req, res) => res.send('link 1')",
      'common/lib.ts': "export const lib = 'folder 1'",
      'web/package.json': '{"name":"web"}',
      'web/pages/api/a.ts':
        "import { text } from '@w/shared'\nimport { lib } from '../../lib/lib'\nexport default (req, res) => res.json([text, lib])",
    },
  })
  mkdirSync(join(workspace, 'node_modules/@w'), { recursive: true })
  symlinkSync('../../packages/shared', join(workspace, 'node_modules/@w/shared'))
  symlinkSync('../common', join(workspace, 'web/lib'))
  symlinkSync('../../../routes/linked.ts', join(workspace, 'web/pages/api/linked.ts'))
  const server = await startServer({
    command: 'dev',
    directory: join(workspace, 'web'),
    args: ['--poll', '50'],
  })
  t.after(() => server.stop())
  const get = async (path: string): Promise<string> => (await fetch(server.url + path)).text()
  assert.equal(await get('/api/a'), '["package 1","folder 1"]')
  assert.equal(await get('/api/linked'), 'link 1')
  write(workspace, 'packages/shared/text.ts', "export const text = 'package 2'")
  assert.equal(await get('/api/a'), '["package 2","folder 1"]')
  write(workspace, 'common/lib.ts', "export const lib = 'folder 2'")
  assert.equal(await get('/api/a'), '["package 2","folder 2"]')
  write(workspace, 'routes/linked.ts', "export default (req, res) => res.send('link 2')")
  assert.equal(await get('/api/linked'), 'link 2')
  // A file that a package lacks is found when it is there.
  write(workspace, 'packages/shared/text.ts', "export * from './late'")
  assert.match(await get('/api/a'), /Could not resolve "\.\/late"/)
  write(workspace, 'packages/shared/late.ts', "export const text = 'late'")
  assert.equal(await get('/api/a'), '["late","folder 2"]')
})
