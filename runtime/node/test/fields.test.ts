import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import {
  addForwardedFields,
  distinctFields,
  findField,
  joinFields,
  rawFieldList,
} from '../src/base/fields.ts'

const block =
  'Host: a\r\nContent-Type:\t text/plain \r\nX-Empty:\r\nx-a: 1\r\nX-A: 2, 3\r\nhost: b\r\nSet-Cookie: c\r\n'

test('fields are joined as in node:http', () => {
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

test('a field is found by its complete name, case-insensitively', () => {
  assert.equal(findField(block, 'content-type'), 'text/plain')
  assert.equal(findField(block, 'x-a'), '1')
  assert.equal(findField(block, 'x-empty'), '')
  assert.equal(findField(block, 'x'), undefined)
  assert.equal(findField(block, 'content-types'), undefined)
  assert.equal(findField('', 'a'), undefined)
})

test('an incomplete block is read as far as it goes', () => {
  assert.deepEqual(joinFields('A: 1\r\nB: 2'), { a: '1', b: '2' })
  assert.equal(findField('A: 1\r\nB: 2', 'b'), '2')
  assert.equal(findField('A: 1\r\nB', 'c'), undefined)
  assert.deepEqual(joinFields('nonsense\r\n: x\r\nA: 1\r\n'), { a: '1' })
})

interface ForwardedCase {
  readonly title: string
  readonly fields: readonly (readonly [string, string])[]
  readonly secure?: boolean
  readonly server_port?: number
  readonly expected: Readonly<Record<string, string>>
}

test('forwarded fields are added as by the server and the SDK', () => {
  const file = new URL('../../../protocol/cases/forwarded_fields.json', import.meta.url)
  for (const given of JSON.parse(readFileSync(file, 'utf8')) as ForwardedCase[]) {
    const fields = joinFields(given.fields.map((field) => `${field.join(': ')}\r\n`).join(''))
    const { secure = false, server_port: port } = given
    addForwardedFields(fields, { secure, remoteAddress: '10.0.0.1' }, port?.toString() ?? null)
    for (const [name, value] of Object.entries(given.expected))
      assert.equal(fields[name], value, `${given.title}: ${name}`)
  }
})
