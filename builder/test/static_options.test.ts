import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optionsOf } from '../src/bundle/static_options.ts'

for (const [what, kind, source, expected] of [
  ['an exported constant', 'pages', "export const config = { api: { bodyParser: false } }", { api: { bodyParser: false } }],
  ['types around it', 'pages', 'export const config = { maxDuration: 5 } satisfies PageConfig as const', { maxDuration: 5 }],
  ['an export list', 'pages', "const c = { runtime: 'edge' }\nexport { c as config }", { runtime: 'edge' }],
  ['CommonJS', 'pages', 'module.exports = () => {}\nmodule.exports.config = { api: { a: -1 } }', { api: { a: -1 } }],
  ['transpiled CommonJS', 'pages', "exports.config = { regions: ['fra1', `x`] }", { regions: ['fra1', 'x'] }],
  ['parts that are not static', 'pages', 'export const config = { a: 1, b: f(), ...c, [d]: 1 }', { a: 1 }],
  ['no configuration', 'pages', 'export default () => {}', {}],
  ['segment configuration', 'app', "export const runtime = 'edge', revalidate = false, other = 1", { runtime: 'edge', revalidate: false }],
  ['segment configuration that is computed', 'app', 'export const maxDuration = seconds()', {}],
  ['a file that does not parse', 'app', 'export const runtime = (', {}],
] as const) {
  test(`options: ${what}`, async () => {
    assert.deepEqual(await optionsOf(source, 'ts', kind), expected)
  })
}
