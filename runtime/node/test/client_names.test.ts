// Names that clients choose are names like any other, those of Object.prototype as well, and change
// nothing for others.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { RouteFixture } from './app_support.ts'

const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype']
const fixture = new RouteFixture()

/**
 * What a handler shows of an object: its own names and values, and whether it, or others, have got
 * a new prototype.
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

test('of a Pages API route: query, cookies, form, URL', async () => {
  const answer = (await pages.json({
    url: `/api/x?${text('&')}`,
    headers: [host, cookie, form],
    body: text('&'),
  })) as Record<string, Shown>
  for (const part of ['query', 'cookies', 'body'])
    assert.deepEqual(answer[part], { own: pairs, sound: true }, part)
  assert.equal(answer['url'], `/api/x?${text('&')}`)
})

test('of a Pages API route: names that come more than once', async () => {
  const answer = (await pages.json({
    url: `/api/x?${text('&')}&${text('&')}`,
    headers: [host],
  })) as Record<string, Shown>
  assert.deepEqual(answer['query'], {
    own: pairs.map(([name, value]) => [name, [value, value]]),
    sound: true,
  })
})

test('of a query as rewrites have made it', async () => {
  const answer = (await pages.json({ headers: [['x-millrace-query', text('&')], host] })) as Record<
    string,
    Shown
  >
  assert.deepEqual(answer['query'], { own: pairs, sound: true })
  const lists = (await pages.json({
    headers: [['x-millrace-query', names.map((name) => `${name}[]=1&${name}[]=2`).join('&')], host],
  })) as Record<string, Shown>
  assert.deepEqual(lists['query'], { own: names.map((name) => [name, ['1', '2']]), sound: true })
  assert.deepEqual(
    await edge.json({ headers: [['x-millrace-query', text('&')], host], parameters: '7' }),
    [...pairs, ['id', '7']],
  )
})

test('of JSON, and of names as parsers of nested queries read them', async () => {
  const body = `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`
  const url = '/api/x?__proto__[polluted]=1&constructor[prototype][polluted]=1'
  const answer = (await pages.json({
    url,
    headers: [host, ['Content-Type', 'application/json']],
    body,
  })) as Record<string, Shown>
  assert.deepEqual(answer['body'], {
    own: [
      ['__proto__', { polluted: 1 }],
      ['constructor', { prototype: { polluted: 1 } }],
    ],
    sound: true,
  })
  assert.deepEqual(answer['query'], {
    own: [
      ['__proto__[polluted]', '1'],
      ['constructor[prototype][polluted]', '1'],
    ],
    sound: true,
  })
})

test('of an app route: query, cookies, forms of both kinds', async () => {
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
    const answer = (await app.json({
      url: `/api/x?${text('&')}`,
      headers: [host, cookie, ['Content-Type', type]],
      body,
    })) as Record<string, unknown>
    for (const part of ['query', 'cookies', 'form'])
      assert.deepEqual(answer[part], pairs, `${part} of ${type}`)
  }
})

test('of an edge handler with a parameter', async () => {
  assert.deepEqual(
    await edge.json({ url: `/api/7?${text('&')}`, headers: [host], parameters: '7' }),
    [...pairs, ['id', '7']],
  )
})

test('of fields: no prototype changes', async () => {
  const fields = names.map((name) => [name, 'x'] as const)
  const { headers } = (await pages.json({ headers: [host, ...fields] })) as Record<string, Shown>
  assert.equal(headers!.sound, true)
  const found = new Map(headers!.own)
  for (const name of names) {
    // As node:http and so Next.js have it, a field of this name is not seen.
    assert.equal(found.get(name.toLowerCase()), name === '__proto__' ? undefined : 'x', name)
  }
})
