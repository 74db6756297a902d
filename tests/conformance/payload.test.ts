/** Tests what of a payload of React is compared: its rows, and not when they came. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutScripts, withSortedRows } from './payload.ts'

const push = (text: string) => `<script>self.__next_f.push([1,${JSON.stringify(text)}])</script>`

test('pages are equal however their payload is divided', () => {
  const one = `<p>a</p>${push('1:"a"\n2:["x"]\n')}<p>b</p></html>`
  const two = `<p>a</p>${push('2:["x')}<p>b</p></html>${push('"]\n')}${push('1:"a"\n')}`
  assert.equal(withoutScripts(one), withoutScripts(two))
  assert.match(withoutScripts(one), /^<p>a<\/p><p>b<\/p><\/html>\n/)
})

test('pages differ if a row, a number or the HTML does', () => {
  const page = (rows: string, html = 'a') => withoutScripts(`<p>${html}</p>${push(rows)}`)
  const usual = page('1:"a"\n2:300\n')
  for (const other of [
    page('1:"b"\n2:300\n'),
    page('1:"a"\n2:301\n'),
    page('1:"a"\n'),
    page('1:"a"\n2:300\n', 'b'),
  ])
    assert.notEqual(other, usual)
  assert.equal(withoutScripts('<p>1:2\n</p>'), '<p>1:2\n</p>')
})

test('numbers alone can be left out', () => {
  assert.equal(withSortedRows('2:[2]\n1:300\n3:"4"\n', false), '\n2:[2]\n3:"4"')
  assert.equal(withSortedRows('2:[2]\n1:300\n'), '\n1:300\n2:[2]')
})
