/**
 * Tests a project in the conventions of Next.js with neither `next` nor `react` installed.
 */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { build, project, type Server, startServer } from './support/index.ts'

const files = {
  'package.json': '{ "name": "no-next", "private": true }',
  'tsconfig.json': '{ "compilerOptions": { "strict": true, "paths": { "@/*": ["./src/*"] } } }',
  'src/lib/greeting.ts': `export const greeting = (name: string): string => \`Hello \${name}\``,
  'src/pages/api/hello.ts': `
    import type { NextApiRequest, NextApiResponse } from 'next'
    import { greeting } from '@/lib/greeting'
    export default function handler(req: NextApiRequest, res: NextApiResponse<{ message: string }>) {
      res.status(200).json({ message: greeting(String(req.query.name ?? 'pages')) })
    }`,
  'src/pages/api/common.js': `
    const { where } = require('esm-or-not')
    module.exports = (req, res) => res.json({ where })`,
  'src/app/api/hello/[name]/route.ts': `
    import { cookies, headers } from 'next/headers'
    import { NextResponse, type NextRequest } from 'next/server'
    import { greeting } from '@/lib/greeting'
    export async function GET(request: NextRequest, { params }: { params: Promise<{ name: string }> }) {
      const { name } = await params
      const jar = await cookies()
      const language = (await headers()).get('accept-language')
      return NextResponse.json({ message: greeting(name), cookie: jar.get('a')?.value ?? null, language, q: request.nextUrl.searchParams.get('q') })
    }`,
  'src/app/api/away/route.js': `
    import { redirect } from 'next/navigation'
    export const GET = () => redirect('/api/hello')`,
  'src/app/api/gone/route.js': `
    import { notFound } from 'next/navigation.js'
    export const GET = () => notFound()`,
  'src/app/api/package/route.ts': `
    import { answer } from 'answers'
    export const GET = (request: Request) => answer(request)`,
  'node_modules/esm-or-not/package.json':
    '{ "name": "esm-or-not", "version": "1.0.0", "exports": { "import": "./index.mjs", "require": "./index.cjs" } }',
  'node_modules/esm-or-not/index.mjs': `export const where = 'module'`,
  'node_modules/esm-or-not/index.cjs': `exports.where = 'common'`,
  'node_modules/answers/package.json':
    '{ "name": "answers", "version": "1.0.0", "main": "index.js" }',
  'node_modules/answers/index.js': `
    const { NextResponse } = require('next/server')
    exports.answer = (request) => NextResponse.json({ from: 'a package', method: request.method })`,
}

async function expectResponses(server: Server): Promise<void> {
  const json = async (path: string, init?: RequestInit) =>
    (await fetch(server.url + path, init)).json() as Promise<unknown>
  assert.deepEqual(await json('/api/hello'), { message: 'Hello pages' })
  assert.deepEqual(await json('/api/hello?name=you'), { message: 'Hello you' })
  assert.deepEqual(await json('/api/common'), { where: 'common' })
  assert.deepEqual(
    await json('/api/hello/Ada?q=1', { headers: { cookie: 'a=b', 'accept-language': 'de' } }),
    {
      message: 'Hello Ada',
      cookie: 'b',
      language: 'de',
      q: '1',
    },
  )
  const away = await fetch(`${server.url}/api/away`, { redirect: 'manual' })
  assert.deepEqual([away.status, away.headers.get('location')], [307, '/api/hello'])
  assert.equal((await fetch(`${server.url}/api/gone`)).status, 404)
  assert.deepEqual(await json('/api/package', {}), { from: 'a package', method: 'GET' })
}

describe('a project without next', () => {
  let directory: string

  before(() => {
    directory = project({ files })
  })

  test('runs under dev', async () => {
    await using server = await startServer({ command: 'dev', directory })
    await expectResponses(server)
  })

  test('runs under build and start', async () => {
    await build(directory)
    await using server = await startServer({ command: 'start', directory })
    await expectResponses(server)
  })
})
