import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Project } from './support/project.ts'

test('a build fails for routes without a usable handler, and names their exports', async (t) => {
  const files = {
    'app/default/route.js': 'export default function handler() {}',
    'app/case/route.ts': 'export function Get() { return new Response() }\nexport const post = Get',
    'app/none/route.ts': "export const dynamic = 'force-dynamic'",
    'app/empty/route.ts': 'export {}',
    'app/fine/route.ts': 'export const HEAD = () => new Response(), get = 1',
    'app/common/route.js': 'module.exports = { GET: () => new Response() }',
    'pages/api/none.ts': 'export function handler() {}',
    'pages/api/fine.ts': "export { handler as default } from '../../lib/handler'",
    'pages/api/common.js': 'module.exports = () => {}',
    'lib/handler.ts': 'export const handler = () => {}',
  }
  const messages = [
    'app/default/route.js responds to every request with 405. It has a default export: export a function named GET, POST, … for each HTTP method instead.',
    'app/case/route.ts responds to every request with 405. It exports Get: did you mean GET? It exports post: did you mean POST?',
    'app/none/route.ts responds to every request with 405. Expected an export named GET, POST, … for each HTTP method, found dynamic.',
    'app/empty/route.ts responds to every request with 405. Expected an export named GET, POST, … for each HTTP method, found no export.',
    'pages/api/none.ts has no default export: every request gets a 500 response. Expected "export default function handler(req, res)", found handler.',
  ]
  const project = new Project(t, files)
  const routes = Object.keys(files).filter((file) => !file.startsWith('lib/'))
  const refused = await project.build(routes, { allowUnusable: false })
  assert.deepEqual(refused.errors?.slice(0, -1), messages)
  assert.match(refused.errors?.at(-1) ?? '', /allow_unusable = true/)

  const allowed = await project.build(routes)
  assert.deepEqual([allowed.errors, allowed.warnings], [undefined, messages])
  assert.deepEqual(allowed.outputs?.['app/default/route.js']?.methods, [])
  assert.equal(allowed.outputs?.['app/common/route.js']?.methods, null)
  const developed = await project.build(routes, { mode: 'development', allowUnusable: false })
  assert.deepEqual([developed.errors, developed.warnings], [undefined, messages])
})

test('mistakes of different kinds are reported together', async (t) => {
  const project = new Project(t, {
    'app/syntax/route.ts': 'export const GET = () => {',
    'app/none/route.ts': 'export const get = 1',
    'app/option/route.ts': "export const runtime = 'fast'\nexport const GET = () => new Response()",
  })
  const { errors = [] } = await project.build(
    ['app/syntax/route.ts', 'app/none/route.ts', 'app/option/route.ts'],
    { allowUnusable: false },
  )
  assert.match(errors.join('\n'), /app\/syntax\/route\.ts:1:26/)
  assert.match(errors.join('\n'), /did you mean GET\?/)
  assert.match(errors.join('\n'), /app\/option\/route\.ts.*runtime/)
})

test('all errors of the compiler are reported together, once each, also hidden ones', async (t) => {
  const project = new Project(t, {
    'app/a/route.ts': 'export const GET = () => {',
    'app/b/route.ts': "import { gone } from '../../lib/b'\nexport const GET = () => gone",
    'app/c/route.ts':
      "import '../../lib/syntax'\nimport 'not-installed'\nexport const GET = () => 1",
    'app/fine/route.ts': 'export const GET = () => new Response()',
    'lib/b.ts': "export const there = 1\nimport './deep'",
    'lib/deep.ts': "import './missing'",
    'lib/syntax.ts': 'let = ;',
  })
  const { errors, outputs } = await project.build([
    'app/a/route.ts',
    'app/b/route.ts',
    'app/c/route.ts',
    'app/fine/route.ts',
  ])
  assert.equal(outputs, undefined)
  const output = (errors ?? []).join('\n')
  for (const text of [
    'Could not resolve "not-installed"',
    'Could not resolve "./missing"',
    'No matching export in "lib/b.ts" for import "gone"',
  ]) {
    assert.equal(output.split(text).length, 2, `${text}\n${output}`)
  }
  assert.match(output, /app\/a\/route\.ts:1:26/)
  assert.match(output, /lib\/syntax\.ts:1:/)
})
