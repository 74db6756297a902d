// Names that clients choose have no special meaning, even those of Object.prototype, and do not
// affect other objects.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { RouteFixture } from './app_support.ts'

const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype']
const fixture = new RouteFixture()

/**
 * What a handler responds about an object: its own names and values, and whether its prototype, or
 * that of other objects, has changed.
 */
const shown = `
const own = (object) => Object.keys(object).map((name) => [name, Object.getOwnPropertyDescriptor(object, name).value])
const sound = (object) => [null, Object.prototype].includes(Object.getPrototypeOf(object)) && ({}).polluted === undefined
const show = (object) => ({ own: own(object), sound: sound(object) })
`
const pages = fixture.add(
  `${shown}
export default (req, res) => res.json({
  query: show(req.query), cookies: show(req.cookies), body: show(req.body || {}), headers: show(req.headers), url: req.url,
})`,
  { kind: 'pages' },
)
const app = fixture.add(`${shown}
export const POST = async (request) => Response.json({
  query: [...request.nextUrl.searchParams], cookies: request.cookies.getAll().map(({ name, value }) => [name, value]),
  form: [...await request.formData()], headers: show(Object.fromEntries(request.headers)),
})`)
const edge = fixture.add(
  `export const config = { runtime: 'edge' }
export default (request) => Response.json([...new URL(request.url).searchParams])`,
  { kind: 'pages', parameters: [{ name: 'id', kind: 'single' }] },
)

const pairs = names.map((name, index) => [name, String(index)])
const text = (separator: string): string => pairs.map((pair) => pair.join('=')).join(separator)
const cookie = ['Cookie', text('; ')] as const
const form = ['Content-Type', 'application/x-www-form-urlencoded'] as const
const host = ['Host', 'a'] as const

interface Shown {
  readonly own: readonly (readonly [string, unknown])[]
  readonly sound: boolean
}

test('Pages API route: query, cookies, form, URL', async () => {
  const response = (await pages.json({
    url: `/api/x?${text('&')}`,
    headers: [host, cookie, form],
    body: text('&'),
  })) as Record<string, Shown>
  for (const part of ['query', 'cookies', 'body'])
    assert.deepEqual(response[part], { own: pairs, sound: true }, part)
  assert.equal(response['url'], `/api/x?${text('&')}`)
})

test('Pages API route: repeated names', async () => {
  const response = (await pages.json({
    url: `/api/x?${text('&')}&${text('&')}`,
    headers: [host],
  })) as Record<string, Shown>
  assert.deepEqual(response['query'], {
    own: pairs.map(([name, value]) => [name, [value, value]]),
    sound: true,
  })
})

test('rewritten query', async () => {
  const response = (await pages.json({
    headers: [['x-millrace-query', text('&')], host],
  })) as Record<string, Shown>
  assert.deepEqual(response['query'], { own: pairs, sound: true })
  const lists = (await pages.json({
    headers: [['x-millrace-query', names.map((name) => `${name}[]=1&${name}[]=2`).join('&')], host],
  })) as Record<string, Shown>
  assert.deepEqual(lists['query'], { own: names.map((name) => [name, ['1', '2']]), sound: true })
  assert.deepEqual(
    await edge.json({ headers: [['x-millrace-query', text('&')], host], parameters: '7' }),
    [...pairs, ['id', '7']],
  )
})

test('JSON, and names as parsers of nested queries read them', async () => {
  const body = `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`
  const url = '/api/x?__proto__[polluted]=1&constructor[prototype][polluted]=1'
  const response = (await pages.json({
    url,
    headers: [host, ['Content-Type', 'application/json']],
    body,
  })) as Record<string, Shown>
  assert.deepEqual(response['body'], {
    own: [
      ['__proto__', { polluted: 1 }],
      ['constructor', { prototype: { polluted: 1 } }],
    ],
    sound: true,
  })
  assert.deepEqual(response['query'], {
    own: [
      ['__proto__[polluted]', '1'],
      ['constructor[prototype][polluted]', '1'],
    ],
    sound: true,
  })
})

test('app route: query, cookies, forms of both types', async () => {
  const boundary = 'b'
  const multipart = pairs
    .map(
      ([name, value]) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    .join('')
  for (const [type, body] of [
    [form[1], text('&')],
    [`multipart/form-data; boundary=${boundary}`, `${multipart}--${boundary}--\r\n`],
  ] as const) {
    const response = (await app.json({
      url: `/api/x?${text('&')}`,
      headers: [host, cookie, ['Content-Type', type]],
      body,
    })) as Record<string, unknown>
    for (const part of ['query', 'cookies', 'form'])
      assert.deepEqual(response[part], pairs, `${part} of ${type}`)
  }
})

test('edge handler with a parameter', async () => {
  assert.deepEqual(
    await edge.json({ url: `/api/7?${text('&')}`, headers: [host], parameters: '7' }),
    [...pairs, ['id', '7']],
  )
})

test('fields: no prototype changes', async () => {
  const fields = names.map((name) => [name, 'x'] as const)
  const { headers } = (await pages.json({ headers: [host, ...fields] })) as Record<string, Shown>
  assert.equal(headers!.sound, true)
  const found = new Map(headers!.own)
  for (const name of names) {
    // As in node:http and therefore in Next.js, a field of this name is not visible.
    assert.equal(found.get(name.toLowerCase()), name === '__proto__' ? undefined : 'x', name)
  }
})
