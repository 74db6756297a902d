import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileMatchers } from '../src/proxy/matchers.ts'

function takes(matcher: unknown, path: string, config = {}): boolean {
  return compileMatchers(matcher, config).some(({ regex }) => new RegExp(regex).test(path))
}

test('without a matcher every path matches', () => {
  for (const path of ['/', '/api/a', '/file.txt']) assert.ok(takes(undefined, path))
})

test('a path matches as a whole and case-sensitively', () => {
  assert.ok(takes('/api/a', '/api/a'))
  for (const path of ['/api/A', '/api/a/b', '/x/api/a', '/api'])
    assert.ok(!takes('/api/a', path), path)
})

test('a matcher for a page matches its data requests', () => {
  for (const path of ['/api/a.json', '/api/a.rsc', '/_next/data/x/api/a.json', '/api/a/'])
    assert.ok(takes('/api/a', path), path)
})

test('parameters, look-aheads and lists match as in Next.js', () => {
  assert.ok(takes('/api/:id(\\d+)', '/api/12'))
  assert.ok(!takes('/api/:id(\\d+)', '/api/x'))
  assert.ok(takes('/api/:path*', '/api'))
  assert.ok(takes('/api/:path*', '/api/a/b'))
  assert.ok(!takes('/api/:path+', '/api'))
  assert.ok(takes('/((?!api|_next).*)', '/other'))
  assert.ok(!takes('/((?!api|_next).*)', '/api/a'))
  assert.ok(takes(['/a', { source: '/b' }], '/b'))
})

test('a matcher for the root matches the root alone', () => {
  assert.ok(takes('/', '/'))
  assert.ok(takes('/', '/index'))
  assert.ok(!takes('/', '/a'))
})

test('basePath and locales precede the path', () => {
  assert.ok(takes('/a', '/docs/a', { basePath: '/docs' }))
  assert.ok(!takes('/a', '/a', { basePath: '/docs' }))
  const i18n = { locales: ['en', 'de'] }
  assert.ok(takes('/a', '/en/a', { i18n }))
  assert.ok(!takes('/a', '/a', { i18n }))
  assert.ok(takes([{ source: '/a', locale: false }], '/a', { i18n }))
})

test('conditions are copied to the manifest', () => {
  const has = [
    { type: 'header', key: 'x-a' },
    { type: 'host', value: 'a.example' },
  ]
  const missing = [{ type: 'cookie', key: 'c', value: '1' }]
  const [rule] = compileMatchers([{ source: '/a', has, missing }], {})
  assert.deepEqual(rule?.has, has)
  assert.deepEqual(rule?.missing, missing)
})

for (const [name, matcher, message] of [
  ['no slash', 'api', /source must start with \//],
  ['an invalid pattern', '/api/(', /Invalid source '\/api\/\('/],
  ['a number', 7, /expected a path or an array/],
  ['a number in the list', ['/a', 7], /matcher\[1\]: expected a path or an object/],
  ['no source', [{}], /matcher\[0\]\.source: expected a path, found nothing/],
  ['an unknown key', [{ source: '/a', regexp: 'x' }], /found "regexp"/],
  ['a locale', [{ source: '/a', locale: true }], /locale: expected false, found true/],
  [
    'a condition of an unknown kind',
    [{ source: '/a', has: [{ type: 'body' }] }],
    /has\[0\]\.type: expected "header"/,
  ],
  ['a condition without a key', [{ source: '/a', has: [{ type: 'query' }] }], /key is required/],
  [
    'a host without a value',
    [{ source: '/a', missing: [{ type: 'host' }] }],
    /host must have a value/,
  ],
  ['conditions that are not a list', [{ source: '/a', has: {} }], /has: expected an array/],
] as const) {
  test(`rejected: ${name}`, () => assert.throws(() => compileMatchers(matcher, {}), message))
}
