import assert from 'node:assert/strict'
import { test } from 'node:test'

import { TestProject, TestServer } from './support.ts'

function writePackage(project: TestProject, name: string, main: string, text: string): void {
  project.write(
    `node_modules/${name}/package.json`,
    JSON.stringify({ name, version: '1.0.0', main }),
  )
  project.write(`node_modules/${name}/${main}`, text)
}

test('server-only and client-only are empty, for import and for require()', async () => {
  using project = new TestProject()
  writePackage(
    project,
    'guarded',
    'index.js',
    `require('server-only'); require('client-only'); module.exports = 'fine'`,
  )
  await using server = await TestServer.start(project, [
    {
      source: `import 'server-only'; import guarded from 'guarded'; export default (req, res) => res.send(guarded)`,
    },
  ])
  assert.equal((await server.request()).text, 'fine')
})

test("next/* is the runtime's own, with .js too, for import and for require() from a package", async () => {
  using project = new TestProject()
  writePackage(
    project,
    'uses-next',
    'index.cjs',
    `const { NextResponse } = require('next/server'); const { cookies } = require('next/headers.js')
    module.exports = { NextResponse, cookies }`,
  )
  writePackage(
    project,
    'uses-next-esm',
    'index.mjs',
    `export { NextResponse as default } from 'next/server.js'`,
  )
  await using server = await TestServer.start(project, [
    {
      kind: 'app',
      methods: ['GET'],
      source: `import { NextResponse } from 'next/server'; import { cookies } from 'next/headers'
      import required from 'uses-next'; import Imported from 'uses-next-esm'
      export async function GET() {
        const same = [required.NextResponse === NextResponse, Imported === NextResponse, required.cookies === cookies]
        return NextResponse.json([...same, (await required.cookies()).get('a')?.value])
      }`,
    },
  ])
  const response = await server.request({ headers: [['Cookie', 'a=7']] })
  assert.equal(response.text, '[true,true,true,"7"]')
})

test('pages with the edge runtime take a Request and return a Response', async () => {
  using project = new TestProject()
  const source = `export const config = { runtime: 'edge' }
    export default async (request) => Response.json([request instanceof Request, new URL(request.url).pathname, await request.text()])`
  await using server = await TestServer.start(project, [{ source }])
  const response = await server.request({ url: '/api/edge?x=1', body: 'body' })
  assert.equal(response.text, '[true,"/api/edge","body"]')
})

test('a missing module fails its route only, and development names it', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(
    project,
    [
      { source: `import 'not-there'; export default () => {}` },
      { source: `export default (req, res) => res.send('ok')` },
    ],
    'development',
  )
  const broken = await server.request()
  assert.equal(broken.status, 500)
  assert.match(broken.text, /Cannot find package 'not-there'/)
  assert.equal((await server.request({ route: 1 })).text, 'ok')
})

test('routes are imported when first used, once, and share what they import', async () => {
  using project = new TestProject()
  project.write(
    '.millrace/1/shared.mjs',
    `console.log('shared loaded'); export const state = { count: 0 }`,
  )
  const source = (name: string): string =>
    `import { state } from '../shared.mjs'; console.log('${name} loaded')
    export default (req, res) => res.send('${name} ' + ++state.count)`
  await using server = await TestServer.start(project, [
    { source: source('a') },
    { source: source('b') },
  ])
  await server.ping()
  assert.equal(server.logs.length, 0)
  const first = await Promise.all([server.request({ route: 0 }), server.request({ route: 0 })])
  assert.deepEqual(first.map((response) => response.text).toSorted(), ['a 1', 'a 2'])
  assert.deepEqual(
    server.logs.map((line) => line.text),
    ['shared loaded', 'a loaded'],
  )
  assert.equal((await server.request({ route: 1 })).text, 'b 3')
  assert.deepEqual(server.logs.map((line) => line.text).slice(2), ['b loaded'])
})

test('top-level await and a long import delay the requests that arrive meanwhile', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `await new Promise((resolve) => (globalThis.go = resolve)); export default (req, res) => res.send('late')`,
    },
    {
      source: `export default async (req, res) => {
        while (!globalThis.go) await new Promise(setImmediate)
        globalThis.go(); res.end() }`,
    },
  ])
  const early = [server.open({}), server.open({}), server.open({})]
  early[2]!.abort()
  await server.request({ route: 1 })
  assert.equal((await early[0]!.response()).text, 'late')
  assert.equal((await early[1]!.response()).text, 'late')
  await server.ping()
  assert.equal(early[2]!.headReceived, false)
})
