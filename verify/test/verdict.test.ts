/**
 * Tests the comparison of responses: each kind of difference is found, what varies under both is
 * not counted, and differences that follow from others are left out.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Allowances } from '../src/allowances.ts'
import type { Observation } from '../src/places.ts'
import { judge, wantsAnotherRound } from '../src/verdict.ts'

type Fields = readonly (readonly [string, string])[]

const seen = (more: Partial<Observation> = {}): Observation => ({
  status: 200,
  reason: 'OK',
  fields: [['content-type', 'application/json']],
  body: '{"a":1,"b":[1,2]}',
  interim: [],
  broken: null,
  ...more,
})
const body = (value: unknown) =>
  seen({ body: typeof value === 'string' ? value : JSON.stringify(value) })
const verdictOf = (reference: readonly Observation[], millrace: readonly Observation[]) =>
  judge(reference, millrace, () => null)
const twice = (one: Observation) => [one, one]

/** Returns the places that differ if each server always sends the same response. */
const placesOf = (reference: Observation, millrace: Observation) =>
  verdictOf(twice(reference), twice(millrace)).differences.map(({ place }) => place)
const withFields = (fields: Fields, more: Partial<Observation> = {}) => seen({ fields, ...more })

test('a response equals itself', () => {
  assert.deepEqual(verdictOf(twice(seen()), twice(seen())), {
    result: 'equal',
    differences: [],
    volatile: [],
  })
})

test('no response equals nothing, also where both servers are silent', () => {
  const none = seen({
    status: 0,
    reason: '',
    fields: [],
    body: '',
    broken: 'no connection: refused',
  })
  const silent = { place: 'message', reference: none.broken, millrace: none.broken }
  assert.deepEqual(verdictOf(twice(none), twice(none)), {
    result: 'differs',
    differences: [silent],
    volatile: [],
  })
  // A silent server differs even once, although what varies under both would not be counted.
  assert.equal(verdictOf([none, seen()], [seen(), none]).result, 'differs')
})

describe('found', () => {
  const cases: readonly (readonly [string, Observation, string[]])[] = [
    ['another status', seen({ status: 201 }), ['status']],
    ['a value of JSON', body({ a: 2, b: [1, 2] }), ['body $.a']],
    ['the first of two values', body({ a: 2, b: [1, 3] }), ['body $.a', 'body $.b[1]']],
    ['an item too few', body({ a: 1, b: [1] }), ['body $.b.length', 'body $.b[1]']],
    ['a key too many', body({ a: 1, b: [1, 2], 'c d': null }), ['body $["c d"]']],
    ['another kind of value', body({ a: '1', b: [1, 2] }), ['body $.a']],
    [
      'keys in another order',
      body({ b: [1, 2], a: 1 }),
      ['body at byte 2 (the same JSON, written otherwise)'],
    ],
    ['spaces', body('{"a": 1,"b":[1,2]}'), ['body at byte 5 (the same JSON, written otherwise)']],
    ['invalid JSON', body('oops'), ['body']],
    [
      'a field too many',
      withFields([
        ['content-type', 'application/json'],
        ['x-a', '1'],
      ]),
      ['header x-a'],
    ],
    ['a field too few', withFields([]), ['header content-type']],
    ['a message without end', seen({ broken: 'no end within 1 s' }), ['message']],
    ['an interim response', seen({ interim: [103] }), ['interim responses']],
  ]
  for (const [what, millrace, places] of cases)
    test(what, () => assert.deepEqual(placesOf(seen(), millrace), places))

  test('the differing word of a text is found', () => {
    assert.deepEqual(placesOf(body('hello big world'), body('hello small world')), ['body word 2'])
  })
  test('a missing length is found if the reference has one', () => {
    const length: Fields = [['content-length', '17']]
    assert.deepEqual(placesOf(withFields(length), withFields([])), ['header content-length'])
    assert.deepEqual(placesOf(withFields([]), withFields(length)), [])
  })
})

describe('what varies', () => {
  const at = (now: number) => body({ now, a: 1 })

  test('under both is volatile and not counted, the rest is compared', () => {
    assert.deepEqual(verdictOf([at(1), at(2)], [at(3), at(4)]), {
      result: 'equal',
      differences: [],
      volatile: ['body $.now'],
    })
    assert.deepEqual(
      verdictOf(
        [at(1), at(2)],
        twice(body({ now: 3, a: 2 })).map((one, index) => ({
          ...one,
          body: one.body.replace('3', `${index + 5}`),
        })),
      ).differences.map(({ place }) => place),
      ['body $.a'],
    )
  })
  test('in the same way under both is equal', () => {
    assert.deepEqual(verdictOf([at(1), at(2)], [at(1), at(2)]).volatile, [])
  })
  test('under one only causes another round, and then is a difference', () => {
    assert.ok(wantsAnotherRound([at(1), at(2)], [at(3), at(3)]))
    const { result, differences } = verdictOf([at(1), at(2), at(4)], [at(3), at(3), at(3)])
    assert.deepEqual(
      [result, differences],
      ['differs', [{ place: 'body $.now', reference: '4', millrace: '3', varies: 'reference' }]],
    )
    assert.equal(verdictOf([at(1), at(2), at(4)], [at(3), at(3), at(5)]).result, 'equal')
    assert.ok(!wantsAnotherRound(twice(at(1)), twice(at(2))))
  })
  test('only at first, as with a cold cache, is not counted', () => {
    const cache = (value: string) => withFields([['x-cache', value]])
    assert.deepEqual(
      verdictOf(
        [cache('HIT'), cache('HIT'), cache('HIT')],
        [cache('MISS'), cache('HIT'), cache('HIT')],
      ),
      { result: 'equal', differences: [], volatile: ['header x-cache'] },
    )
  })
  test('is found in texts by word, without the length and ETag that follow from it', () => {
    const page = (token: string) =>
      seen({
        fields: [
          ['etag', `"${token}"`],
          ['content-length', String(token.length)],
        ],
        body: `a token=${token}; b`,
      })
    assert.deepEqual(verdictOf([page('x1'), page('y2')], [page('z3'), page('w44')]).volatile, [
      'body word 3',
    ])
    assert.equal(verdictOf([page('x1'), page('y2')], [page('z3'), page('w44')]).result, 'equal')
  })
  test('as a status counts if the two never coincide', () => {
    const status = (code: number) => seen({ status: code })
    assert.equal(
      verdictOf([status(201), status(409)], [status(500), status(502)]).result,
      'differs',
    )
    assert.equal(verdictOf([status(201), status(409)], [status(409), status(201)]).result, 'equal')
  })
})

describe('not compared', () => {
  test('an Allow that a 405 of the reference lacks', () => {
    assert.deepEqual(
      placesOf(withFields([], { status: 405 }), withFields([['allow', 'GET']], { status: 405 })),
      [],
    )
    assert.deepEqual(placesOf(withFields([]), withFields([['allow', 'GET']])), ['header allow'])
  })
  test('the framing, and the names of React in Vary', () => {
    assert.deepEqual(
      placesOf(
        withFields([
          ['transfer-encoding', 'chunked'],
          ['vary', 'rsc, next-router-prefetch'],
        ]),
        withFields([['keep-alive', 'timeout=75']]),
      ),
      [],
    )
  })
})

test("Next.js's page of an error is allowed for the same status with a line of text, and nothing else is", () => {
  const page = seen({
    status: 404,
    reason: 'Not Found',
    fields: [['content-type', 'text/html; charset=utf-8']],
    body: '<!DOCTYPE html><script>self.__next_f</script>',
  })
  const line = seen({
    status: 404,
    reason: 'Not Found',
    fields: [['content-type', 'text/plain; charset=utf-8']],
    body: 'not found',
  })
  assert.equal(verdictOf(twice(page), twice(line)).result, 'allowed')
  assert.equal(verdictOf(twice(page), twice({ ...line, status: 500 })).result, 'differs')
  assert.equal(
    verdictOf(twice({ ...page, body: '<!DOCTYPE html>mine' }), twice(line)).result,
    'differs',
  )
})

test('allowances match all of method, path and place, and a request can have its own', () => {
  const all = new Allowances()
  all.addLines('# a comment\n\nGET /api/* body $.now\n')
  all.add('* header x-a')
  assert.equal(all.find('GET /api/a', 'body $.now', []), 'GET /api/* body $.now')
  assert.equal(all.find('POST /api/a', 'body $.now', []), null)
  assert.equal(all.find('GET /api/a', 'body $.nowhere', []), null)
  assert.deepEqual(all.unused(), ['* header x-a'])
  assert.equal(all.find('POST /api/a', 'body $.b[1]', ['body $.b[*]']), 'body $.b[*]')
  const verdict = judge(twice(seen()), twice(seen({ status: 201 })), (place) =>
    place === 'status' ? 'here' : null,
  )
  assert.deepEqual([verdict.result, verdict.differences[0]!.allowed], ['allowed', 'here'])
})
