import assert from 'node:assert/strict'
import { test } from 'node:test'

import { distinctFields, findField, joinFields, rawFieldList } from '../src/base/fields.ts'

const block =
  'Host: a\r\nContent-Type:\t text/plain \r\nX-Empty:\r\nx-a: 1\r\nX-A: 2, 3\r\nhost: b\r\nSet-Cookie: c\r\n'

test('fields are joined as node:http joins them', () => {
  assert.deepEqual(joinFields(block), {
    host: 'a',
    'content-type': 'text/plain',
    'x-empty': '',
    'x-a': '1, 2, 3',
    'set-cookie': ['c'],
  })
  assert.deepEqual(distinctFields(block)['x-a'], ['1', '2, 3'])
  assert.deepEqual(rawFieldList(block).slice(0, 4), ['Host', 'a', 'Content-Type', 'text/plain'])
})

test('a field is found without regard to case, by its whole name', () => {
  assert.equal(findField(block, 'content-type'), 'text/plain')
  assert.equal(findField(block, 'x-a'), '1')
  assert.equal(findField(block, 'x-empty'), '')
  assert.equal(findField(block, 'x'), undefined)
  assert.equal(findField(block, 'content-types'), undefined)
  assert.equal(findField('', 'a'), undefined)
})

test('a block that breaks off is read as far as it goes', () => {
  assert.deepEqual(joinFields('A: 1\r\nB: 2'), { a: '1', b: '2' })
  assert.equal(findField('A: 1\r\nB: 2', 'b'), '2')
  assert.equal(findField('A: 1\r\nB', 'c'), undefined)
  assert.deepEqual(joinFields('nonsense\r\n: x\r\nA: 1\r\n'), { a: '1' })
})
