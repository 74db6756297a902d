import assert from 'node:assert/strict'
import { test } from 'node:test'
import { invalidOptions } from '../src/bundle/option_values.ts'
import { optionsOf } from '../src/syntax/static_options.ts'

for (const [what, kind, source, expected] of [
  [
    'an exported constant',
    'pages',
    'export const config = { api: { bodyParser: false } }',
    { api: { bodyParser: false } },
  ],
  [
    'types around it',
    'pages',
    'export const config = { maxDuration: 5 } satisfies PageConfig as const',
    { maxDuration: 5 },
  ],
  [
    'an export list',
    'pages',
    "const c = { runtime: 'edge' }\nexport { c as config }",
    { runtime: 'edge' },
  ],
  [
    'CommonJS',
    'pages',
    'module.exports = () => {}\nmodule.exports.config = { api: { a: -1 } }',
    { api: { a: -1 } },
  ],
  [
    'transpiled CommonJS',
    'pages',
    "exports.config = { regions: ['fra1', `x`] }",
    { regions: ['fra1', 'x'] },
  ],
  [
    'parts that are not static',
    'pages',
    'export const config = { a: 1, b: f(), ...c, [d]: 1 }',
    { a: 1 },
  ],
  [
    'a runtime beside the configuration',
    'pages',
    "export const runtime = 'edge'\nexport const config = { runtime: 'nodejs', maxDuration: 3 }",
    { runtime: 'edge', maxDuration: 3 },
  ],
  ['no configuration', 'pages', 'export default () => {}', {}],
  [
    'segment configuration',
    'app',
    "export const runtime = 'edge', revalidate = false, other = 1",
    { runtime: 'edge', revalidate: false },
  ],
  ['segment configuration that is computed', 'app', 'export const maxDuration = seconds()', {}],
  ['a file that does not parse', 'app', 'export const runtime = (', {}],
] as const) {
  test(`options: ${what}`, async () => {
    assert.deepEqual(await optionsOf(source, 'ts', kind), expected)
  })
}

test('options that Next.js does not know are named with what is expected', () => {
  const wrong = (kind: 'app' | 'pages', options: Record<string, unknown>) =>
    invalidOptions({ path: '/api/x', kind, file: 'app/api/x/route.ts' }, options)
  assert.deepEqual(
    wrong('app', {
      runtime: 'edge',
      dynamic: 'force-static',
      revalidate: false,
      dynamicParams: true,
      fetchCache: 'auto',
      maxDuration: 3,
      preferredRegion: ['a'],
    }),
    [],
  )
  assert.deepEqual(wrong('app', { runtime: 'something-odd' }), [
    "app/api/x/route.ts: Next.js can't recognize the exported `runtime` field in route. It has an invalid value: unknown variant `something-odd`, expected one of `nodejs`, `edge`, `experimental-edge`. Read more: https://nextjs.org/docs/app/api-reference/file-conventions/route-segment-config",
  ])
  assert.match(
    wrong('app', { runtime: 5 }).join(),
    /`runtime` field in route\. It needs to be a static string\./,
  )
  for (const options of [
    { dynamic: 'x' },
    { revalidate: 'x' },
    { revalidate: -5 },
    { revalidate: 1.5 },
    { fetchCache: 'x' },
    { dynamicParams: 'x' },
    { maxDuration: -1 },
    { preferredRegion: 4 },
  ]) {
    assert.equal(wrong('app', options).length, 1, JSON.stringify(options))
  }
  assert.equal(wrong('pages', { runtime: 'odd' }).length, 1)
  assert.deepEqual(wrong('pages', { runtime: 'experimental-edge', api: { bodyParser: false } }), [])
})
