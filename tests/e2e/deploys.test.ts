/**
 * Tests an app with pages over several deploys: pages of an earlier build keep working, static
 * files are sent as the build has compressed them, the project's own adapter runs, and a standalone
 * folder is served without the project.
 */
import assert from 'node:assert/strict'
import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { get as httpGet, type IncomingHttpHeaders } from 'node:http'
import { join, relative } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import {
  build,
  project,
  run,
  type Server,
  startServer,
  temporaryDirectory,
  write,
} from './support/index.ts'

const env = { NEXT_TELEMETRY_DISABLED: '1' }
const text = 'a line of a public file\n'.repeat(200)

/** A client component, whose chunk differs in each version. */
const counter = (version: string) => `'use client'
import { useState } from 'react'
export default function Counter() {
  const [count, set] = useState(0)
  return <button onClick={() => set(count + 1)}>${version} {count}</button>
}`

const files = {
  'package.json':
    '{ "name": "deploys", "private": true, "dependencies": { "next": "*", "react": "*", "react-dom": "*" } }',
  'next.config.mjs': `
    import { fileURLToPath } from 'node:url'
    export default { adapterPath: fileURLToPath(new URL('./own-adapter.mjs', import.meta.url)) }`,
  'own-adapter.mjs': `
    import { writeFileSync } from 'node:fs'
    export default {
      name: 'own',
      modifyConfig: (config, { phase }) => ({ ...config, poweredByHeader: false, env: { ...config.env, PHASE: phase } }),
      onBuildComplete: ({ outputs, config, projectDir }) =>
        writeFileSync(projectDir + '/own.json', JSON.stringify({ pages: outputs.appPages.map(({ pathname }) => pathname), deploymentId: config.deploymentId })),
    }`,
  'app/layout.tsx':
    'export default function Layout({ children }) { return <html><body>{children}</body></html> }',
  'app/page.tsx': `
    import Image from 'next/image'
    import Counter from './counter'
    import photo from './photo.png'
    export default function Page() {
      return <main><h1>{process.env.PHASE}</h1><Counter /><Image src={photo} alt="" /></main>
    }`,
  'app/counter.tsx': counter('one'),
  'app/act/page.tsx': `
    import { redirect } from 'next/navigation'
    export const dynamic = 'force-dynamic'
    export default function Page() {
      const secret = 'closed over'
      async function act() {
        'use server'
        redirect('/acted?' + secret.length)
      }
      return <form action={act}><button>act</button></form>
    }`,
  'app/api/words/route.ts': `
    import { words } from 'words'
    export const GET = () => Response.json(words())`,
  // A package that reads a file beside it, and depends on another one.
  'node_modules/words/package.json':
    '{ "name": "words", "version": "1.0.0", "main": "index.js", "dependencies": { "letters": "*" } }',
  'node_modules/words/index.js': `
    const { readFileSync } = require('node:fs')
    const { join } = require('node:path')
    exports.words = () => readFileSync(join(__dirname, 'words.txt'), 'utf8').trim().split(require('letters'))`,
  'node_modules/words/words.txt': 'one two\n',
  'node_modules/letters/package.json': '{ "name": "letters", "version": "1.0.0", "main": "l.js" }',
  'node_modules/letters/l.js': "module.exports = ' '",
  'public/lines.txt': text,
}

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** With `fetch`, bodies would be decoded. */
function get(server: Server, path: string, headers: Record<string, string> = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    httpGet(`${server.url}${path}`, { headers }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(pieces),
        }),
      )
    }).on('error', reject)
  })
}

const html = async (server: Server, path: string) => (await get(server, path)).body.toString()

async function reload(directory: string): Promise<void> {
  const { code, stdout, stderr } = await run(['reload', directory])
  assert.equal(code, 0, stdout + stderr)
}

/** Submits the form of `/act` as it was in an HTML document. */
function submit(server: Server, document: string): Promise<Response> {
  const form = new FormData()
  for (const [, name, value = ''] of document.matchAll(
    /<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g,
  ))
    form.append(name!, value.replaceAll('&quot;', '"'))
  return fetch(`${server.url}/act`, { method: 'POST', body: form, redirect: 'manual' })
}

describe('deploys of an app with pages', { timeout: 900_000 }, () => {
  let directory: string
  let server: Server
  let printed: string
  /** The scripts of the home page by build, as its HTML names them. */
  const scripts: string[][] = []
  let firstForm: string

  const current = () => readlinkSync(join(directory, '.millrace/current')).replace('builds/', '')
  const deploy = async (version: string, ...args: string[]) => {
    write(directory, 'app/counter.tsx', counter(version))
    printed = (await build(directory, { env, args })).stdout
    await reload(directory)
    await remember()
  }
  const remember = async () => {
    const document = await html(server, '/')
    scripts.push(
      [...document.matchAll(/src="(\/_next\/static\/[^"]+\.js[^"]*)"/g)].map(([, src]) => src!),
    )
  }
  /** Scripts that only one build has. */
  const ownScripts = (place: number) => {
    const name = (src: string) => src.replace(/\?.*/, '')
    const others = new Set(
      scripts
        .filter((_, at) => at !== place)
        .flat()
        .map(name),
    )
    return scripts[place]!.filter((src) => !others.has(name(src)))
  }

  before(async () => {
    directory = project({ files, forNext: true })
    write(
      directory,
      'app/photo.png',
      readFileSync(new URL('images/public/photo.png', import.meta.url)),
    )
    printed = (await build(directory, { env })).stdout
    server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
    await remember()
    firstForm = await html(server, '/act')
  })
  after(() => server?.stop())

  test("the project's own adapter runs beside Millrace's", async () => {
    assert.match(printed, /Running onBuildComplete from own/)
    assert.match(printed, /The project's own adapter \(own\) has run together with Millrace's/)
    const { pages, deploymentId } = JSON.parse(readFileSync(join(directory, 'own.json'), 'utf8'))
    assert.ok(pages.includes('/act'))
    assert.equal(deploymentId, current())
    assert.ok((await html(server, '/')).includes('phase-production-build'))
    assert.equal((await get(server, '/act')).headers['x-powered-by'], undefined)
  })

  test('assets and navigations name the deployment', async () => {
    assert.ok(scripts[0]!.length > 0)
    for (const src of scripts[0]!) assert.ok(src.endsWith(`?dpl=${current()}`), src)
    for (const path of ['/', '/act']) {
      const payload = await get(server, `${path}?_rsc=`, { RSC: '1' })
      assert.equal(payload.headers['content-type'], 'text/x-component')
      assert.equal(payload.headers['x-nextjs-deployment-id'], current(), path)
    }
  })

  test('static files are sent as the build has compressed them', async () => {
    const [src] = scripts[0]!
    const plain = await get(server, src!)
    const coded = await get(server, src!, { 'Accept-Encoding': 'gzip, br' })
    assert.equal(coded.headers['content-encoding'], 'br')
    assert.equal(coded.headers['content-length'], String(coded.body.length))
    assert.match(coded.headers.vary!, /accept-encoding/i)
    assert.equal(coded.headers.etag, plain.headers.etag)
    assert.deepEqual(brotliDecompressSync(coded.body), plain.body)
    const lines = await get(server, '/lines.txt', { 'Accept-Encoding': 'br' })
    assert.equal(brotliDecompressSync(lines.body).toString(), text)
    for (const ending of ['br', 'gz', 'zst'])
      assert.equal((await get(server, src!.replace('.js', `.js.${ending}`))).status, 404)
  })

  test('pages of earlier builds keep their scripts, and call their actions', async () => {
    await deploy('two')
    const first = ownScripts(0)
    assert.ok(first.length > 0, 'the builds differ')
    for (const src of first) assert.equal((await get(server, src)).status, 200, src)
    const acted = await submit(server, firstForm)
    assert.equal(acted.status, 303)
    assert.match(acted.headers.get('location')!, /\/acted\?11$/)
  })

  test('after three deploys, a rollback and a restart too', async () => {
    await deploy('three', `--standalone=${join(directory, 'alone')}`)
    const check = async (what: string) => {
      for (const src of [0, 1, 2].flatMap(ownScripts))
        assert.equal((await get(server, src)).status, 200, `${what}: ${src}`)
    }
    await check('three deploys')
    const { code } = await run(['rollback', directory])
    assert.equal(code, 0)
    await reload(directory)
    assert.ok((await html(server, '/')).includes('two'))
    await check('rollback')
    await server.stop()
    server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
    await check('restart')
    // The client compares this field with the deployment that its page is of, and loads anew.
    const payload = await get(server, '/?_rsc=', { RSC: '1' })
    assert.equal(payload.headers['x-nextjs-deployment-id'], current())
    assert.ok(!scripts[0]![0]!.endsWith(current()) && !scripts[2]![0]!.endsWith(current()))
  })

  test('all builds have one key for actions, and compress a content once', () => {
    const folder = join(directory, '.millrace')
    assert.equal(statSync(join(folder, 'server-actions.key')).mode & 0o777, 0o600)
    const key = readFileSync(join(folder, 'server-actions.key'), 'utf8').trim()
    const builds = readdirSync(join(folder, 'builds'))
    assert.equal(builds.length, 3)
    for (const name of builds) {
      const manifest = join(folder, 'builds', name, 'next/server/server-reference-manifest.json')
      assert.equal(JSON.parse(readFileSync(manifest, 'utf8')).encryptionKey, key)
      const form = join(folder, 'builds', name, 'compressed/public')
      const [lines] = readdirSync(form).filter((file) => file.endsWith('.br'))
      assert.ok(statSync(join(form, lines!)).nlink > 3, 'linked from all builds')
    }
  })

  test('a standalone folder is served without the project', async () => {
    const [, printedFolder] = /Standalone: `millrace start ([^`]+)`/.exec(printed)!
    const moved = join(temporaryDirectory(), 'moved')
    renameSync(join(directory, 'alone'), moved)
    const folder = join(moved, relative(join(directory, 'alone'), printedFolder!))
    const document = await html(server, '/act')
    await server.stop()
    rmSync(directory, { recursive: true })
    assert.ok(!existsSync(join(folder, 'app')))
    server = await startServer({ command: 'start', directory: folder, args: ['--workers', '1'] })
    const home = await html(server, '/')
    assert.ok(home.includes('three'))
    for (const [, src] of home.matchAll(/src="(\/_next\/static\/[^"]+)"/g))
      assert.equal((await get(server, src!)).status, 200, src)
    assert.deepEqual(JSON.parse(await html(server, '/api/words')), ['one', 'two'])
    assert.equal(await html(server, '/lines.txt'), text)
    assert.equal((await submit(server, document)).status, 303)
    const [, source] = /src="(\/_next\/image\?[^"]+)"/.exec(home)!
    const image = await get(server, source!.replaceAll('&amp;', '&'), { Accept: 'image/webp' })
    assert.equal(image.headers['content-type'], 'image/webp', image.body.toString())
    assert.equal((await get(server, '/nowhere')).status, 404)
  })
})
