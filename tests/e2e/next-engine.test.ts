/** Routes that the project's own `next build` compiles: one build of a small project, asked about all that holds for it. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { build, project, run, startServer, type Server, write } from './support/index.ts'

const files = {
  'package.json': '{ "name": "engines", "private": true, "dependencies": { "next": "*" } }',
  'millrace.toml': '[build]\nengine = "next"\n',
  'app/api/echo/[id]/route.ts': `
    import { after } from 'next/server'
    import { cookies } from 'next/headers'
    export async function GET(request: Request, { params }: { params: Promise<{ id: string }> }) {
      ;(await cookies()).set('seen', 'yes')
      after(() => console.log('after the answer'))
      return Response.json({ id: (await params).id, url: new URL(request.url).search })
    }
    export async function POST(request: Request) {
      return new Response(await request.text(), { status: 201 })
    }`,
  'pages/api/pets.ts': `
    export default function handler(req, res) {
      res.status(200).json({ query: req.query, body: req.body, method: req.method })
    }`,
}

describe('the engine next', { timeout: 300_000 }, () => {
  let directory: string
  let server: Server

  before(async () => {
    directory = project({ files, forNext: true })
    const { stdout } = await build(directory, { env: { NEXT_TELEMETRY_DISABLED: '1' } })
    assert.match(stdout, /Running onBuildComplete from Millrace/)
    server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
  })
  after(() => server?.stop())

  test('leaves the project as it was', () => {
    for (const name of ['.next', 'next-env.d.ts', 'tsconfig.json']) assert.ok(!existsSync(join(directory, name)), name)
    const manifest = JSON.parse(readFileSync(join(directory, '.millrace/current/manifest.json'), 'utf8')) as { routes: { engine?: string }[] }
    assert.deepEqual(manifest.routes.map(({ engine }) => engine), ['next', 'next'])
  })

  test('millrace verify finds no difference between the engines', async () => {
    write(directory, 'requests.http', `
GET /api/echo/7?x=1
###
POST /api/echo/7

all of it
###
DELETE /api/echo/7
###
POST /api/pets?id=3
Content-Type: application/json

{"a":1}
`)
    const builds = (await run(['builds', directory])).stdout
    const { code, stdout, stderr } = await run(['verify', '--requests', join(directory, 'requests.http'), directory], { env: { NEXT_TELEMETRY_DISABLED: '1' } })
    assert.equal(code, 0, stdout + stderr)
    assert.match(stdout, /^4 requests: 4 equal, /m)
    assert.equal((await run(['builds', directory])).stdout, builds)
  })

  test('a route handler answers', async () => {
    const answer = await fetch(`${server.url}/api/echo/7?x=1`)
    assert.deepEqual(await answer.json(), { id: '7', url: '?x=1' })
    assert.equal(answer.headers.get('set-cookie'), 'seen=yes; Path=/')
    const created = await fetch(`${server.url}/api/echo/7`, { method: 'POST', body: 'all of it' })
    assert.deepEqual([created.status, await created.text()], [201, 'all of it'])
    const refused = await fetch(`${server.url}/api/echo/7`, { method: 'DELETE' })
    assert.equal(refused.status, 405)
  })

  test('a route of pages/api answers', async () => {
    const answer = await fetch(`${server.url}/api/pets?id=3`, { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } })
    assert.deepEqual(await answer.json(), { query: { id: '3' }, body: { a: 1 }, method: 'POST' })
  })
})
