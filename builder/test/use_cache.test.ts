import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SourceMap } from 'node:module'
import { transformUseCache } from '../src/use_cache/transform.ts'

const transformed = (source: string): Promise<string | undefined> =>
  transformUseCache(source, { file: 'lib/x.ts', loader: 'ts', enabled: true })

/**
 * Returns the values that each cached function of the source captures, in the order of the
 * functions.
 */
async function captures(source: string): Promise<string[]> {
  const text = (await transformed(source)) ?? ''
  return [...text.matchAll(/__millrace_use_cache\("\w+", "[^"]+", \[([^\]]*)\]/g)].map(
    ([, names]) => names!,
  )
}

for (const [what, source, expected] of [
  [
    'nothing of the module',
    `const a = 1; import b from 'b'; async function f() { 'use cache'; return [a, b, globalThis, f] }`,
    [''],
  ],
  [
    'parameters and variables around it',
    `function outer(a, { b, c: [d] }, ...e) { const g = 1; return async () => { 'use cache'; return [a, b, d, e, g] } }`,
    ['a, b, d, e, g'],
  ],
  [
    'none of its own variables',
    `function outer(a, b) { return async (a) => { 'use cache'; { let b = 1; var c = b } return a + c } }`,
    [''],
  ],
  [
    'a name that is shadowed in one block only',
    `function outer(a) { return async () => { 'use cache'; { const a = 1 } return a } }`,
    ['a'],
  ],
  [
    'no keys and members',
    `function outer(a, b, c) { return async (o) => { 'use cache'; return { a: o.b, c } } }`,
    ['c'],
  ],
  [
    'computed keys',
    `function outer(a, b) { return async (o) => { 'use cache'; return { [a]: o[b] } } }`,
    ['a, b'],
  ],
  [
    'defaults of its parameters',
    `function outer(a) { return async (b = a) => { 'use cache'; return b } }`,
    ['a'],
  ],
  [
    'not its own name',
    `function outer() { async function f(n) { 'use cache'; return n && f(n - 1) } return f }`,
    [''],
  ],
  [
    'hoisted variables and functions',
    `function outer() { return async () => { 'use cache'; return [late, helper] }; var late; function helper() {} }`,
    ['late, helper'],
  ],
  [
    'variables of two enclosing functions',
    `function a(x) { return function b(y) { return async () => { 'use cache'; return x + y } } }`,
    ['x, y'],
  ],
  [
    'variables of a loop and a catch',
    `function f() { for (const i of [1]) try {} catch (e) { g(async () => { 'use cache'; return [i, e] }) } }`,
    ['i, e'],
  ],
  [
    'variables in nested cached functions',
    `function f(a) { return async (b) => { 'use cache'; return async () => { 'use cache'; return [a, b] } } }`,
    ['a', 'a, b'],
  ],
  [
    'methods of classes and objects',
    `function f(a) { class C { static async m() { 'use cache'; return a } } return { async n() { 'use cache'; return a } } }`,
    ['a', 'a'],
  ],
] as const) {
  test(`a cached function captures ${what}`, async () =>
    assert.deepEqual(await captures(source), expected))
}

test('a file with the directive caches what it exports', async () => {
  const source = `'use cache'\nexport async function a() {}\nconst b = async () => {}\nasync function hidden() {}\nexport { b }\nexport default async () => {}`
  assert.equal((await captures(source)).length, 3)
})

test('other files are unchanged', async () => {
  assert.equal(
    await transformed(`const text = 'use cache'; async function f() { text; 'use cache' }`),
    undefined,
  )
})

test('line numbers are kept', async () => {
  const source = `type T = number\n\nexport async function f(a: T) {\n  'use cache'\n  throw new Error('here')\n}\n`
  const text = (await transformed(source))!
  const encoded = /base64,(\S+)/.exec(text)![1]!
  const line = text.split('\n').findIndex((one) => one.includes("'here'") || one.includes('"here"'))
  const map = new SourceMap(JSON.parse(Buffer.from(encoded, 'base64').toString()))
  const entry = map.findEntry(line, 10) as { originalLine: number }
  assert.equal(entry.originalLine, 4)
})

for (const [source, message] of [
  [`function f() { 'use cache' }`, /"use cache" functions must be async functions \(f\)/],
  [`async function* f() { 'use cache' }`, /must be async functions/],
  [`async function f() { 'use cache'; return this }`, /cannot use `this` \(f\)/],
  [`async function f() { 'use cache'; return () => arguments }`, /cannot use `arguments`/],
  [
    `'use cache'\nexport const a = 1`,
    /Only async functions are allowed to be exported in a "use cache" file/,
  ],
] as const) {
  test(`rejected: ${source}`, () => assert.rejects(transformed(source), message))
}

test('the directive needs cacheComponents', async () => {
  const off = transformUseCache(`async function f() { 'use cache' }`, {
    file: 'x.js',
    loader: 'js',
    enabled: false,
  })
  await assert.rejects(off, /please enable the feature flag `cacheComponents`/)
})

test('nested functions can use this', async () => {
  assert.equal(
    (await captures(`async function f() { 'use cache'; return function () { return this } }`))
      .length,
    1,
  )
})
