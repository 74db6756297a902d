/**
 * Tests reading the data of cases: a fault is reported with its place.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { write, temporaryDirectory } from '../e2e/support/index.ts'
import { readCases, readFixtures } from './cases.ts'

const read = (...cases: object[]) =>
  readCases('folder/area.json', JSON.stringify({ area: 'Server', cases })).cases

const invalid: readonly (readonly [string, string | object[], RegExp])[] = [
  ['invalid JSON', '{', /folder\/area\.json: /],
  [
    'an unknown area',
    '{"area": "Layouts", "cases": []}',
    /area: expected one of: Discovery and matching, Pages API/,
  ],
  [
    'an unknown key',
    [{ name: 'a', path: '/', header: {} }],
    /cases\[0\] \("a"\): unknown key "header"/,
  ],
  ['a missing path', [{ name: 'a' }], /cases\[0\] \("a"\): "path" is missing/],
  [
    'a name twice',
    [
      { name: 'a', path: '/' },
      { name: 'a', path: '/b' },
    ],
    /two cases are called "a"/,
  ],
  [
    'a character that is not a byte',
    [{ name: 'a', path: '/€' }],
    /cases\[0\]\.path: one character is one byte/,
  ],
  [
    'a header that is not a string',
    [{ name: 'a', path: '/', headers: { 'X-A': 1 } }],
    /cases\[0\]\.headers\.X-A: expected a list/,
  ],
  [
    'a body of an unknown kind',
    [{ name: 'a', path: '/', body: {} }],
    /cases\[0\]\.body: expected a string, \{"base64"\}/,
  ],
  [
    'raw with a path',
    [{ name: 'a', path: '/', raw: 'GET / HTTP/1.1\r\n\r\n' }],
    /"raw" is the complete request/,
  ],
  [
    'steps with a path',
    [{ name: 'a', path: '/', steps: [{ path: '/' }] }],
    /cases\[0\]\.path: belongs in a step/,
  ],
  [
    'a bad pattern',
    [{ name: 'a', path: '/', mask: ['('] }],
    /cases\[0\]\.mask\[0\]: not a regular expression/,
  ],
]
for (const [what, content, message] of invalid) {
  test(`refuses ${what}`, () => {
    const text =
      typeof content === 'string' ? content : JSON.stringify({ area: 'Server', cases: content })
    assert.throws(() => readCases('folder/area.json', text), { message })
  })
}

test('bodies of each kind are encoded', () => {
  const bodies = read(
    { name: '1', path: '/', body: 'ü' },
    { name: '2', path: '/', body: { base64: 'AAE=' } },
    { name: '3', path: '/', body: { json: { a: 1 } } },
    { name: '4', path: '/', body: { repeat: 'ab', times: 3 } },
    { name: '5', path: '/' },
  ).map(({ steps }) => steps[0]!)
  assert.deepEqual(
    bodies.map(({ body }) => body?.toString('latin1') ?? null),
    ['Ã¼', '\0\x01', '{"a":1}', 'ababab', null],
  )
  assert.deepEqual(bodies[2]!.headers, [['Content-Type', 'application/json']])
})

test('for an error page its fields and body are not compared', () => {
  const { differs } = read({ name: 'a', path: '/', differs: { id: 'error-pages' } })[0]!
  assert.ok(
    differs!.body &&
      differs!.headers.includes('x-powered-by') &&
      !differs!.headers.includes('allow'),
  )
})

test('a case can have another difference under dev, or only be sent there', () => {
  const [one, two, three] = read(
    { name: '1', path: '/', dev: { differs: { id: 'dev-errors' } } },
    { name: '2', path: '/', dev: 'only' },
    { name: '3', path: '/' },
  )
  assert.deepEqual(
    [one!.dev, one!.differs, one!.devDiffers?.id, one!.devDiffers?.body],
    [true, null, 'dev-errors', true],
  )
  assert.deepEqual([two!.dev, three!.dev], ['only', true])
  assert.throws(() => read({ name: '1', path: '/', dev: { other: 1 } }), /unknown key "other"/)
})

test('what is masked because of the build is kept apart', () => {
  const [one] = readCases(
    'x.json',
    JSON.stringify({
      area: 'Pages',
      mask: ['a'],
      buildMask: ['b'],
      cases: [{ name: 'a', path: '/', mask: ['c'] }],
    }),
  ).cases
  assert.deepEqual([one!.mask, one!.buildMask], [[/a/g, /c/g], [/b/g]])
})

test('a fixture can be what create-next-app creates, and its variables name its folder', () => {
  const folder = temporaryDirectory()
  const description = { description: 'a', template: ['--ts'], env: { A: '{{fixture}}/a' } }
  write(folder, 'one/conformance/fixture.json', JSON.stringify(description))
  const [fixture] = readFixtures(folder)
  assert.deepEqual([fixture!.template, fixture!.env], [['--ts'], { A: join(folder, 'one/a') }])
})
