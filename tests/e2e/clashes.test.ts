/**
 * Tests that files which claim the same path, or cannot be routes, fail the build, as in Next.js,
 * with a message that names them all.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { project, run } from './support/index.ts'

const contents = (path: string): string => {
  if (path.startsWith('public/')) return 'a file'
  if (path.includes('/page.')) return 'export default function Page() { return null }'
  return path.startsWith('pages/')
    ? 'export default (req, res) => res.end()'
    : 'export const GET = () => new Response()'
}

const clashes: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['both routers', ['pages/api/a.ts', 'app/api/a/route.ts'], /Conflicting app and page file/],
  [
    'both routers, a parameter',
    ['pages/api/[a].ts', 'app/api/[a]/route.ts'],
    /Conflicting app and page file/,
  ],
  ['a file and its folder', ['pages/api/a.ts', 'pages/api/a/index.ts'], /Duplicate page/],
  ['two extensions', ['pages/api/a.ts', 'pages/api/a.js'], /Duplicate page/],
  ['two groups', ['app/(x)/a/route.ts', 'app/(y)/a/route.ts'], /two parallel pages/],
  ['a group and the root', ['app/route.ts', 'app/(g)/route.ts'], /two parallel pages/],
  ['a slot', ['app/@s/a/route.ts', 'app/a/route.ts'], /two parallel pages/],
  ['a route and a page', ['app/a/page.tsx', 'app/a/route.ts'], /two parallel pages/],
  ['a file in public', ['pages/api/a.ts', 'public/api/a'], /Conflicting public and page file/],
  [
    'two names of a parameter',
    ['pages/api/[a]/x.ts', 'pages/api/[b]/y.ts'],
    /different slug names for the same dynamic path \('a' !== 'b'\)/,
  ],
  [
    'two names of a parameter, both routers',
    ['pages/api/[a].ts', 'app/api/[b]/route.ts'],
    /different slug names/,
  ],
  [
    'a catch-all and an optional one',
    ['pages/api/[...a].ts', 'pages/api/[[...a]].ts'],
    /required and optional catch-all/,
  ],
  [
    'an index and an optional catch-all',
    ['app/a/route.ts', 'app/a/[[...b]]/route.ts'],
    /same specificity as a optional catch-all/,
  ],
  ['a parameter twice', ['app/[id]/x/[id]/route.ts'], /same slug name "id" repeat/],
  ['a catch-all that is not last', ['pages/api/[...a]/b.ts'], /Catch-all must be the last part/],
  ['an optional parameter', ['pages/api/[[a]].ts'], /[Oo]ptional route parameters/],
  ['too many brackets', ['pages/api/[[[a]]].ts'], /extra brackets/],
  ['too few dots', ['pages/api/[..a].ts'], /erroneous periods/],
]

describe('a build fails, and names the files, for', () => {
  for (const [what, files, message] of clashes) {
    test(what, async () => {
      const directory = project({
        files: Object.fromEntries(files.map((path) => [path, contents(path)])),
      })
      const { code, stderr } = await run(['build', directory])
      assert.equal(code, 1, stderr)
      assert.match(stderr, message)
      for (const file of files) assert.ok(stderr.includes(file), `${file} is not named:\n${stderr}`)
    })
  }
})

test('apparent conflicts that are none build', async () => {
  const paths = [
    'pages/api/[...all].ts',
    'pages/api/[one].ts',
    'pages/api/route.ts',
    'app/api/route.ts',
    'app/_a/route.ts',
    'app/%5Fa/route.ts',
    'app/b/route.ts',
    'public/b',
  ]
  const directory = project({
    files: Object.fromEntries(paths.map((path) => [path, contents(path)])),
  })
  const { code, stderr } = await run(['build', directory])
  assert.equal(code, 0, stderr)
})
