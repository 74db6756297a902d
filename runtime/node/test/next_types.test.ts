import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import { TestProject } from './support.ts'

/** Every file of `runtime/types`: `next.d.ts` and the files that it references. */
const typesFolder = new URL('../../types/', import.meta.url)
const types = Object.fromEntries(
  readdirSync(typesFolder).map((name) => [name, readFileSync(new URL(name, typesFolder), 'utf8')]),
)
const require = createRequire(import.meta.url)
const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc')
const nodeTypes = dirname(dirname(require.resolve('@types/node/package.json')))

/** Returns the compiler's errors for a project that has these files and no `next`. */
function compilerErrors(files: Record<string, string>): string[] {
  using project = new TestProject()
  // Outside of this repository, where `next` would be found.
  for (const [path, text] of Object.entries({ ...files, ...types })) project.write(path, text)
  const config = {
    compilerOptions: {
      strict: true,
      noEmit: true,
      target: 'es2023',
      lib: ['es2024', 'dom', 'dom.iterable', 'dom.asynciterable'],
      module: 'esnext',
      moduleResolution: 'bundler',
      typeRoots: [nodeTypes],
      types: ['node'],
    },
    files: [...Object.keys(files), 'next.d.ts'],
  }
  project.write('tsconfig.json', JSON.stringify(config))
  const { stdout } = spawnSync(
    process.execPath,
    [compiler, '-p', project.root, '--pretty', 'false'],
    { encoding: 'utf8' },
  )
  return stdout.split('\n').filter((line) => line.includes('error'))
}

test('a project without next is type-checked', () => {
  assert.deepEqual(
    compilerErrors({
      'route.ts': `
        import { NextRequest, NextResponse, after, userAgent } from 'next/server'
        import { cookies, draftMode, headers } from 'next/headers'
        import { notFound, redirect } from 'next/navigation'
        import { revalidateTag, unstable_cache } from 'next/cache'
        const read = unstable_cache(async (id: string) => ({ id }), ['user'], { tags: ['users'], revalidate: 60 })
        export async function GET(request: NextRequest, { params }: { params: Promise<{ id: string }> }): Promise<NextResponse> {
          const { id } = await params
          const store = await cookies()
          store.set('seen', id, { httpOnly: true, sameSite: 'lax' })
          if (request.nextUrl.searchParams.get('x')) redirect('/x')
          if ((await headers()).get('x') === null) notFound()
          after(() => revalidateTag('users', 'max'))
          const user: { id: string } = await read(id)
          const response = NextResponse.json({ user, bot: userAgent(request).isBot, draft: (await draftMode()).isEnabled })
          response.cookies.delete('old')
          return response
        }`,
      'pages.ts': `
        import type { NextApiHandler, NextApiRequest, NextApiResponse, NextConfig, PageConfig } from 'next'
        export default function handler(req: NextApiRequest, res: NextApiResponse<{ name: string }>) {
          res.status(200).json({ name: String(req.query.name) + req.cookies.a + req.socket.remoteAddress })
        }
        export const other: NextApiHandler = (req, res) => res.redirect(307, '/x' + req.body.a)
        export const config: PageConfig = { api: { bodyParser: { sizeLimit: '2mb' } } }
        export const next: NextConfig = { basePath: '/a' }`,
    }),
    [],
  )
})

test('mistakes are reported', () => {
  const found = compilerErrors({
    'route.ts': `
      import { NextResponse } from 'next/server'
      import type { NextApiResponse } from 'next'
      export const GET = () => NextResponse.jsn({})
      export const wrong = (res: NextApiResponse<{ name: string }>) => res.json({ name: 1 })`,
  })
  assert.equal(found.length, 2, found.join('\n'))
})
