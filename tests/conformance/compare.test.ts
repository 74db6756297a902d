/**
 * Tests the comparison itself: every kind of injected difference is found, and allowed differences
 * are not.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Case, readCases } from './cases.ts'
import { differences } from './compare.ts'
import type { Normal } from './normalize.ts'

function caseWith(more: object): Case {
  return readCases(
    'x.json',
    JSON.stringify({ area: 'Server', cases: [{ name: 'a', path: '/', ...more }] }),
  ).cases[0]!
}

const plain = caseWith({})
const response: Normal = {
  status: 200,
  reason: 'OK',
  fields: [
    ['content-type', 'text/plain'],
    ['content-length', '3'],
    ['date', '(a time)'],
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
    ['connection', 'keep-alive'],
  ],
  body: 'abc',
}

const without = (name: string) => response.fields.filter(([field]) => field !== name)

test('a response equals itself', () => {
  assert.deepEqual(differences(plain, [response], [response]), [])
})

const planted: readonly (readonly [string, Partial<Normal>, RegExp])[] = [
  ['another status', { status: 201 }, /status: next 200 OK, millrace 201/],
  ['another reason phrase', { reason: 'Fine' }, /status/],
  ['another body', { body: 'abd' }, /body: next "abc", millrace "abd"/],
  ['a body beyond what is shown', { body: { sha256: 'f', length: 9, start: 'abc' } }, /body/],
  ['a field too many', { fields: [...response.fields, ['x-more', '1']] }, /x-more: next none/],
  [
    'a field too few',
    { fields: without('content-type') },
    /content-type: next "text\/plain", millrace none/,
  ],
  ['no date', { fields: without('date') }, /date/],
  [
    'cookies in another order',
    { fields: [...without('set-cookie'), ['set-cookie', 'b=2'], ['set-cookie', 'a=1']] },
    /set-cookie/,
  ],
  [
    'cookies in one line',
    { fields: [...without('set-cookie'), ['set-cookie', 'a=1, b=2']] },
    /set-cookie/,
  ],
  ['no length', { fields: without('content-length') }, /content-length: next 3, millrace none/],
  [
    'a vary of its own',
    { fields: [...response.fields, ['vary', 'rsc, Accept']] },
    /vary: next none, millrace "Accept"/,
  ],
  ['an end too early', { broken: 'the connection ended within the response' }, /broken/],
  ['an interim response', { interim: [100] }, /interim responses: next none, millrace 100/],
]
for (const [what, change, found] of planted) {
  test(`found: ${what}`, () => {
    const lines = differences(plain, [response], [{ ...response, ...change }])
    assert.equal(lines.length, 1, lines.join('\n'))
    assert.match(lines[0]!, found)
  })
}

test('found: two bodies with the same start', () => {
  const body = (sha256: string) => ({
    ...response,
    body: { sha256: sha256.repeat(64), length: 9000, start: 'abc' },
  })
  assert.equal(differences(plain, [body('a')], [body('b')]).length, 1)
})

test('found: one response too few, and the second of two', () => {
  assert.match(
    differences(plain, [response, response], [response])[0]!,
    /2 responses by next, 1 by millrace/,
  )
  assert.match(
    differences(plain, [response, response], [response, { ...response, status: 500 }])[0]!,
    /^response 2: status/,
  )
})

test('found: a stream that arrived in one piece', () => {
  const stream = caseWith({ stream: true })
  assert.match(
    differences(stream, [{ ...response, early: true }], [{ ...response, early: false }])[0]!,
    /first part/,
  )
})

test('not compared: chunks instead of a length, the names React needs, several lines instead of commas, times', () => {
  const chunked = {
    ...response,
    fields: [
      ...without('content-length'),
      ['transfer-encoding', 'chunked'],
      ['keep-alive', 'timeout=5'],
      ['vary', 'rsc, next-router-prefetch'],
      ['allow', 'A'],
      ['allow', 'B'],
    ],
  } as const
  const complete = {
    ...response,
    fields: [...response.fields, ['keep-alive', 'timeout=75'], ['allow', 'A, B']],
  } as const
  assert.deepEqual(differences(plain, [chunked], [complete]), [])
})

test('a difference on purpose allows what it names and no more', () => {
  const one = caseWith({ differs: { id: 'x', status: 405, headers: ['Retry-After'], body: true } })
  const next = { ...response, status: 400, reason: 'Bad Request' }
  const millrace = {
    ...response,
    status: 405,
    reason: 'Method Not Allowed',
    body: 'no',
    fields: [...response.fields, ['retry-after', '1']],
  } as const
  assert.deepEqual(differences(one, [next], [millrace]), [])
  assert.equal(differences(one, [next], [{ ...millrace, status: 404 }]).length, 1)
  assert.equal(
    differences(one, [next], [{ ...millrace, fields: [...millrace.fields, ['x', '1']] }]).length,
    1,
  )
  assert.ok(differences(one, [next], [millrace], null).length > 2)
})

test('an Allow that Next.js leaves out of a 405 is not compared, and nothing else is allowed', () => {
  const refused = { ...response, status: 405, reason: 'Method Not Allowed' }
  const allow = (one: Normal, value: string): Normal => ({
    ...one,
    fields: [...one.fields, ['allow', value]],
  })
  assert.deepEqual(differences(plain, [refused], [allow(refused, 'GET')]), [])
  assert.equal(differences(plain, [allow(refused, 'GET')], [refused]).length, 1)
  assert.equal(differences(plain, [allow(refused, 'GET')], [allow(refused, 'POST')]).length, 1)
  assert.equal(differences(plain, [response], [allow(response, 'GET')]).length, 1)
})

test('fields named as unordered are compared as sets', () => {
  const one = caseWith({ unordered: ['Allow'] })
  const allow = (value: string): Normal => ({
    ...response,
    fields: [...response.fields, ['allow', value]],
  })
  assert.deepEqual(differences(one, [allow('GET, HEAD')], [allow('HEAD, GET')]), [])
  assert.equal(differences(one, [allow('GET, HEAD')], [allow('GET')]).length, 1)
})
