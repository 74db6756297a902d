/**
 * Tests reading responses: every way a body can end, however the bytes are split.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ReceivedResponse, ResponseReader } from '../src/response_reader.ts'

/** Reads one response from bytes in pieces of `size`. */
function read(
  text: string,
  size: number,
  head = false,
): { readonly response: ReceivedResponse; readonly done: boolean; readonly rest: string } {
  const reader = new ResponseReader()
  reader.begin(head)
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size))
  return { response: reader.finish(), done: reader.done, rest: reader.rest }
}

const cases: readonly (readonly [string, string, Partial<ReceivedResponse>, boolean])[] = [
  [
    'a length',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A:  b \r\n\r\nabc',
    {
      status: 200,
      reason: 'OK',
      body: 'abc',
      broken: null,
      fields: [
        ['content-length', '3'],
        ['x-a', 'b'],
      ],
    },
    true,
  ],
  ['no body', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', { body: '', broken: null }, true],
  [
    'chunks and trailers',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\n\r\n\r\n0\r\nX-T: 1\r\n\r\n',
    { body: 'abc\r\n', broken: null },
    true,
  ],
  [
    "the connection's end",
    'HTTP/1.1 200 \r\nConnection: close\r\n\r\nabc',
    { body: 'abc', reason: '', broken: null },
    false,
  ],
  ['204', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, body: '', broken: null }, true],
  [
    'interim responses',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na',
    { status: 200, interim: [100, 103], body: 'a', broken: null },
    true,
  ],
  ['nothing', '', { status: 0, broken: 'the connection ended without a response' }, false],
  [
    'half a length',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc',
    { body: 'abc', broken: 'the connection ended within the response' },
    false,
  ],
  [
    'half the chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
    { body: 'abc', broken: 'the connection ended within the response' },
    false,
  ],
  [
    'a length and chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    { broken: 'both a length and chunks' },
    true,
  ],
  [
    'invalid chunk size',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc',
    { body: 'abc', broken: 'invalid chunk size: "xyz"' },
    false,
  ],
  [
    'two lengths',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc',
    { broken: 'two lengths: 3, 3' },
    true,
  ],
]
for (const [name, text, wanted, done] of cases) {
  test(`reads ${name}`, () => {
    for (const size of [1, 2, 7, 10_000]) {
      const result = read(text, size)
      for (const [key, value] of Object.entries(wanted))
        assert.deepEqual(
          result.response[key as keyof ReceivedResponse],
          value,
          `${key}, pieces of ${size}`,
        )
      assert.equal(result.done, done)
    }
  })
}

test('HEAD has no body, whatever its Content-Length', () => {
  const result = read('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nHTTP/1.1', 100, true)
  assert.deepEqual([result.done, result.response.body, result.rest], [true, '', 'HTTP/1.1'])
})

test('detects whether part of the body arrived before its end', () => {
  const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'
  assert.equal(read(text, 1000).response.early, false)
  assert.equal(read(text, text.indexOf('0\r\n\r\n')).response.early, true)
})
