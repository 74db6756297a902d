/** Reading data: what is wrong in it is said with its place. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCases } from './cases.ts'

const read = (...cases: object[]) =>
  readCases('folder/area.json', JSON.stringify({ area: 'Server', cases })).cases

const wrong: readonly (readonly [string, string | object[], RegExp])[] = [
  ['no JSON', '{', /folder\/area\.json: /],
  [
    'an unknown area',
    '{"area": "Pages", "cases": []}',
    /area: expected one of: Discovery and matching, Pages API/,
  ],
  [
    'an unknown key',
    [{ name: 'a', path: '/', header: {} }],
    /cases\[0\] \("a"\): "header" is no key/,
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
    'a character that is no byte',
    [{ name: 'a', path: '/€' }],
    /cases\[0\]\.path: one character is one byte/,
  ],
  [
    'a header that is no text',
    [{ name: 'a', path: '/', headers: { 'X-A': 1 } }],
    /cases\[0\]\.headers\.X-A: expected a list/,
  ],
  [
    'a body of no kind',
    [{ name: 'a', path: '/', body: {} }],
    /cases\[0\]\.body: expected a text, \{"base64"\}/,
  ],
  [
    'raw with a path',
    [{ name: 'a', path: '/', raw: 'GET / HTTP/1.1\r\n\r\n' }],
    /"raw" is the whole request/,
  ],
  [
    'steps with a path',
    [{ name: 'a', path: '/', steps: [{ path: '/' }] }],
    /cases\[0\]\.path: belongs into a step/,
  ],
  [
    'a bad pattern',
    [{ name: 'a', path: '/', mask: ['('] }],
    /cases\[0\]\.mask\[0\]: no regular expression/,
  ],
]
for (const [what, content, message] of wrong) {
  test(`refuses ${what}`, () => {
    const text =
      typeof content === 'string' ? content : JSON.stringify({ area: 'Server', cases: content })
    assert.throws(() => readCases('folder/area.json', text), { message })
  })
}

test('bodies of each kind', () => {
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

test('an error page leaves out its own fields and body', () => {
  const { differs } = read({ name: 'a', path: '/', differs: { id: 'error-pages' } })[0]!
  assert.ok(
    differs!.body &&
      differs!.headers.includes('x-powered-by') &&
      !differs!.headers.includes('allow'),
  )
})

test('a case may differ in another way under dev, or be sent there alone', () => {
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
  assert.throws(() => read({ name: '1', path: '/', dev: { other: 1 } }), /"other" is no key/)
})
