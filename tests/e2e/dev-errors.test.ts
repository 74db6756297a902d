/**
 * Tests how `millrace dev` shows errors: in the log, to curl, as JSON, as a page for browsers that
 * reloads and opens an editor.
 */
import assert from 'node:assert/strict'
import { watch } from 'node:fs'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  project,
  run,
  type Server,
  startServer,
  temporaryDirectory,
  write,
} from './support/index.ts'

const directory = project({
  files: {
    'millrace.toml': '[pools.default]\nnode_flags = ["--stack-trace-limit=50"]\n',
    'app/api/broken/route.ts': 'export const GET = () => {\n  const = 1\n}\n',
    'app/api/throws/route.ts':
      "import { load } from '../../../lib/load'\nexport const GET = () => load(process.env.DEV_ERRORS_URL)\n",
    'app/api/flags/route.ts': 'export const GET = () => Response.json(process.execArgv)\n',
    'lib/load.ts':
      "type Url = string | undefined\nexport function load(url: Url): never {\n  throw new TypeError('no <url>')\n}\n",
  },
})
const folder = temporaryDirectory()
const opened = join(folder, 'opened')
const editor = join(folder, 'code')
writeFileSync(editor, `#!/bin/sh\necho "$@" > ${opened}.new && mv ${opened}.new ${opened}\n`)
chmodSync(editor, 0o755)
let server: Server

before(async () => {
  server = await startServer({ command: 'dev', directory, env: { LAUNCH_EDITOR: editor } })
})
after(() => server.stop())

async function get(
  path: string,
  accept = '*/*',
): Promise<{ status: number; text: string; type: string }> {
  const response = await fetch(server.url + path, { headers: { accept } })
  const type = response.headers.get('content-type') ?? ''
  return { status: response.status, text: await response.text(), type }
}

function times(text: string, part: string): number {
  return text.split(part).length - 1
}

test('an error of the compiler is printed once, and its routes respond with it', async () => {
  assert.match(server.output(), /ready in \d+ ms with 1 error/)
  for (let i = 0; i < 2; i++) {
    const { status, text } = await get('/api/broken')
    assert.equal(status, 500)
    assert.match(text, /app\/api\/broken\/route\.ts:2:8:\n {6}2 │ {3}const = 1/)
    assert.doesNotMatch(text, /node_modules|\.mjs/)
  }
  await get('/api/throws')
  await server.printed(/no <url>/)
  assert.equal(times(server.output(), 'app/api/broken/route.ts:2:8'), 1)
})

test("an error of a handler has the project's frames, the source, the request and what is not set", async () => {
  const { text } = await get('/api/throws?token=secret')
  const description = [
    'TypeError: no <url>',
    '    at load (lib/load.ts:3:9)',
    '    at GET (app/api/throws/route.ts:2:26)',
    '  1 | type Url = string | undefined',
    '  2 | export function load(url: Url): never {',
    "> 3 |   throw new TypeError('no <url>')",
    '    |         ^',
    '  4 | }',
    '  5 |',
    '  not set in the environment: DEV_ERRORS_URL',
  ].join('\n')
  assert.equal(text, `Internal Server Error\n\n${description}\n`)
  await server.printed(/in GET \/api\/throws, route \/api\/throws \(app\/api\/throws\/route\.ts\)/)
  assert.ok(server.output().includes(description), server.output())
  assert.ok(!server.output().includes('secret'))
})

test('a browser gets a page, a client that accepts JSON gets JSON', async () => {
  const page = await get('/api/throws', 'text/html,*/*;q=0.8')
  assert.deepEqual([page.status, page.type], [500, 'text/html; charset=utf-8'])
  assert.ok(!page.text.includes('no <url>'))
  assert.match(page.text, /"message":"no \\u003curl>"/)
  const json = await get('/api/throws', 'application/json')
  const { error } = JSON.parse(json.text) as {
    error: { name: string; missing: string[]; frames: { line: number }[] }
  }
  assert.deepEqual(
    [error.name, error.missing, error.frames[0]?.line],
    ['TypeError', ['DEV_ERRORS_URL'], 3],
  )
  const compiled = JSON.parse((await get('/api/broken', 'application/json')).text) as {
    error: { kind: string }
  }
  assert.equal(compiled.error.kind, 'compile')
})

test('where nothing is found, browsers and / get the routes', async () => {
  assert.match(
    (await get('/')).text,
    /The routes of this project:\n {2}\/api\/broken {2}\(app\/api\/broken\/route\.ts\)/,
  )
  assert.equal((await get('/nothing')).text, 'This page could not be found.\n')
  const { status, text } = await get('/nothing', 'text/html')
  assert.equal(status, 404)
  assert.match(text, /"path":"\/api\/flags"/)
})

test('the page learns that another build is served', async () => {
  const revision = async (): Promise<number> => {
    const state = JSON.parse((await get('/__millrace/build')).text) as { revision: number }
    return state.revision
  }
  const first = await revision()
  write(
    directory,
    'app/api/flags/route.ts',
    'export const GET = () => Response.json(process.execArgv) // 2\n',
  )
  await get('/api/flags')
  // A request that began after the save was held until its build was served.
  for (let tries = 0; tries < 100 && (await revision()) === first; tries++) await get('/api/flags')
  assert.ok((await revision()) > first)
})

test('a file of the project is opened in the editor, for pages of the server only', async () => {
  const open = async (file: string, origin?: string): Promise<number> => {
    const query = new URLSearchParams({ file, line: '3', column: '9' })
    const headers = origin === undefined ? {} : { origin }
    const response = await fetch(`${server.url}/__millrace/open?${query}`, {
      method: 'POST',
      headers,
    })
    await response.text()
    return response.status
  }
  assert.equal(await open('lib/load.ts'), 403)
  assert.equal(await open('lib/load.ts', 'https://evil.example'), 403)
  assert.equal(await open(editor, server.url), 403)
  assert.equal(await open('../../etc/passwd', server.url), 403)
  assert.ok(!existsSync(opened))
  const written = new Promise<void>((resolve) => {
    const watcher = watch(folder, () => {
      if (!existsSync(opened)) return
      watcher.close()
      resolve()
    })
  })
  assert.equal(await open('lib/load.ts', server.url), 204)
  await written
  assert.match(readFileSync(opened, 'utf8'), /^-g \/.*\/lib\/load\.ts:3:9\n$/)
})

test('workers have the node_flags of the default pool, and `millrace ps` lists the server', async () => {
  assert.ok((await get('/api/flags')).text.includes('--stack-trace-limit=50'))
  const { code, stdout } = await run(['ps', directory])
  assert.equal(code, 0)
  assert.match(stdout, new RegExp(`^server \\d+ on port ${server.port}, build development-`))
  const reloaded = await run(['reload', directory])
  assert.equal(reloaded.code, 1)
  assert.match(reloaded.stderr, /no server is running/)
})
