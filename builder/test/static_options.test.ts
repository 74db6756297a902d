import assert from 'node:assert/strict'
import { test } from 'node:test'
import { invalidOptions } from '../src/bundle/option_values.ts'
import { findOptions } from '../src/syntax/static_options.ts'
import { Project } from './support/project.ts'

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
    assert.deepEqual((await findOptions(source, 'ts', kind)).options, expected)
  })
}

test('invalid option values are reported with the expected ones', () => {
  const complaints = (kind: 'app' | 'pages', options: Record<string, unknown>) =>
    invalidOptions({ path: '/api/x', kind, file: 'app/api/x/route.ts' }, options)
  assert.deepEqual(
    complaints('app', {
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
  assert.deepEqual(complaints('app', { runtime: 'something-odd' }), [
    "app/api/x/route.ts: Next.js can't recognize the exported `runtime` field in route. It has an invalid value: unknown variant `something-odd`, expected one of `nodejs`, `edge`, `experimental-edge`. Read more: https://nextjs.org/docs/app/api-reference/file-conventions/route-segment-config",
  ])
  assert.match(
    complaints('app', { runtime: 5 }).join(),
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
    assert.equal(complaints('app', options).length, 1, JSON.stringify(options))
  }
  assert.equal(complaints('pages', { runtime: 'odd' }).length, 1)
  assert.deepEqual(
    complaints('pages', { runtime: 'experimental-edge', api: { bodyParser: false } }),
    [],
  )
})

for (const [source, expected] of [
  ['export const runtime = process.env.X', 'Unsupported node type "MemberExpression" at "runtime"'],
  ['const n = 5\nexport const maxDuration = 5 * n', 'Unsupported node type "BinaryExpression"'],
  ['const n = 5\nexport const maxDuration = n', 'Unknown identifier "n" at "maxDuration"'],
  [
    "export const dynamic = process.env.X ? 'auto' : 'error'",
    '"ConditionalExpression" at "dynamic"',
  ],
  [`export const runtime = \`node\${s}\``, 'Unsupported template literal with expressions'],
  ["export const preferredRegion = ['a', ...o]", 'Unsupported spread operator in the Array'],
  ["export const preferredRegion = ['a', b]", 'Unknown identifier "b" at "preferredRegion[1]"'],
  ["export { runtime } from './other'", "it mustn't be reexported"],
  ["export function runtime() { return 'edge' }", 'it is a function'],
  ["export const runtime = 'nodejs' as const, maxDuration = undefined", null],
  ['export const revalidate = -1, dynamicParams = !true, other = 5 * n', null],
  ['const maxDuration = 5 * 2', null],
] as const) {
  test(`a value that is not static is reported: ${source}`, async () => {
    const { faults } = await findOptions(`\n${source}`, 'ts', 'app')
    assert.equal(faults.length, expected === null ? 0 : 1)
    if (expected === null) return
    assert.ok(faults[0]!.what.includes(expected), faults[0]!.what)
    assert.equal(faults[0]!.line, source.startsWith('const') ? 3 : 2)
  })
}

test("values of a Pages API route's configuration are reported by their path", async () => {
  const what = async (config: string) =>
    (await findOptions(`export const config = ${config}`, 'ts', 'pages')).faults[0]?.what
  assert.equal(
    await what('{ api: { bodyParser: { sizeLimit: limit } } }'),
    'Unknown identifier "limit" at "config.api.bodyParser.sizeLimit"',
  )
  assert.match((await what('{ api: { ...base } }'))!, /spread operator .* at "config\.api"/)
  assert.match((await what('{ [key]: 1 }'))!, /Unsupported key type "Computed"/)
  assert.equal(await what('{ api }'), 'Unknown identifier "api" at "config.api"')
  assert.equal(await what("{ api: { bodyParser: false }, 'max-age': [1, , `x`] }"), undefined)
})

test('computed options fail the build with file and line, and in development their route', async (t) => {
  const project = new Project(t, {
    'app/api/a/route.ts':
      '\nexport const maxDuration = 5 * 2\nexport const GET = () => new Response()',
    'pages/api/b.ts':
      "export const config = { api: { bodyParser: process.env.X } }\nexport default () => 'b'",
    'pages/api/c.ts': "export default () => 'c'",
  })
  const files = ['app/api/a/route.ts', 'pages/api/b.ts', 'pages/api/c.ts']
  const { errors } = await project.build(files)
  assert.equal(errors?.length, 2)
  assert.match(
    errors![0]!,
    /^app\/api\/a\/route\.ts:2: Next\.js can't recognize the exported `maxDuration` field in route: Unsupported node type "BinaryExpression" at "maxDuration"\. Write its value as a literal/,
  )
  assert.match(errors![1]!, /^pages\/api\/b\.ts:1: .*at "config\.api\.bodyParser"/)
  const { outputs, problems } = await project.build(files, { mode: 'development' })
  assert.equal(problems?.length, 2)
  const load = async (file: string) => project.import(outputs![file]!)
  await assert.rejects(load('pages/api/b.ts'), { message: /config\.api\.bodyParser/ })
  assert.equal((await load('pages/api/c.ts')).default(), 'c')
})
