import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultConfig } from '../src/config/normalise.ts'
import {
  compileInterceptions,
  type CompiledRule as Rule,
  loadRules,
  withBeforeFiles,
} from '../src/rules/rules.ts'

type Config = ReturnType<typeof defaultConfig>
const plain = defaultConfig()

async function redirectsOf(list: object[], config: Config = plain): Promise<readonly Rule[]> {
  return (await loadRules({ redirects: () => list }, config))!.redirects
}

function takes(rule: Rule, path: string): boolean {
  return new RegExp(rule.regex, 'i').test(path)
}

test('without functions there are no rules', async () => {
  assert.equal(await loadRules({ headers: [] }, plain), null)
  assert.equal(await loadRules({ headers: () => [] }, plain), null)
})

test('sources are compiled to regular expressions with their parameters', async () => {
  const [rule] = await redirectsOf([
    { source: '/old/:id(\\d+)/:rest*', destination: '/new/:id/:rest*?x=:id#:id', permanent: true },
  ])
  assert.deepEqual(rule!.keys, [{ name: 'id' }, { name: 'rest', repeats: true, separator: '/' }])
  for (const path of ['/old/7', '/OLD/7/a/b', '/old/7/']) assert.ok(takes(rule!, path), path)
  for (const path of ['/old/x', '/old', '/a/old/7']) assert.ok(!takes(rule!, path), path)
  assert.equal(rule!.statusCode, 308)
  assert.deepEqual(rule!.destination, {
    path: [
      { text: '/new' },
      { name: 'id', prefix: '/' },
      { name: 'rest', prefix: '/', modifier: '*' },
      { text: '#' },
      { name: 'id' },
    ],
    query: [{ name: 'x', values: [':id'] }],
  })
})

test("redirects do not match Next.js's own files", async () => {
  const [rule] = await redirectsOf([{ source: '/:path*', destination: '/', permanent: false }])
  assert.equal(rule!.statusCode, 307)
  assert.ok(takes(rule!, '/a/b') && !takes(rule!, '/_next/static/x'))
})

test('destinations on other hosts have protocol, host and port', async () => {
  const [rule] = await redirectsOf([
    {
      source: '/:sub/:path*',
      destination: 'http://:sub.example.com:8080/x/:path*',
      statusCode: 301,
    },
  ])
  assert.deepEqual(rule!.destination, {
    protocol: 'http:',
    host: [{ name: 'sub' }, { text: '.example.com' }],
    port: '8080',
    path: [{ text: '/x' }, { name: 'path', prefix: '/', modifier: '*' }],
    query: [],
  })
})

test('basePath precedes source and destination, unless basePath is false', async () => {
  const config = { ...plain, basePath: '/docs' }
  const rules = await redirectsOf(
    [
      { source: '/', destination: '/a', permanent: false },
      { source: '/b', destination: 'https://b.example', permanent: false },
      { source: '/c', destination: '/d', basePath: false, permanent: false },
    ],
    config,
  )
  assert.deepEqual(
    rules.map((rule) => rule.source),
    ['/docs', '/docs/b', '/c'],
  )
  assert.deepEqual(
    rules.map((rule) => rule.destination!.path),
    [[{ text: '/docs/a' }], [{ text: '/' }], [{ text: '/d' }]],
  )
})

test("a source accepts any locale, and a redirect's source also none", async () => {
  const config = { ...plain, i18n: { locales: ['en', 'pt-BR'], defaultLocale: 'en' } }
  const rules = await redirectsOf(
    [
      { source: '/a', destination: '/b', permanent: false },
      { source: '/c', destination: '/d', permanent: false, locale: false },
    ],
    config,
  )
  assert.deepEqual(
    rules.map((rule) => rule.source),
    ['/en/a', '/:nextInternalLocale(en|pt\\-BR)/a', '/c'],
  )
  assert.deepEqual(rules[0]!.destination!.path, [{ text: '/b' }])
  assert.ok(takes(rules[1]!, '/pt-BR/a'))
})

test('rewrites serve files of the build below the path of assetPrefix', async () => {
  const sources = async (config: Partial<Config>) => {
    const rules = await loadRules({}, { ...plain, ...config })
    return (rules?.rewrites.beforeFiles ?? []).map(({ source, destination }) => [
      source,
      destination?.path[0],
    ])
  }
  const below = (prefix: string, path: string) => [[`${prefix}/_next/:path+`, { text: path }]]
  assert.deepEqual(await sources({ assetPrefix: '/cdn' }), below('/cdn', '/_next'))
  assert.deepEqual(await sources({ assetPrefix: 'cdn', basePath: '/b' }), below('/cdn', '/b/_next'))
  assert.deepEqual(await sources({ assetPrefix: 'https://a.b/cdn/x' }), below('/cdn/x', '/_next'))
  for (const config of [
    {},
    { assetPrefix: 'https://a.b' },
    { assetPrefix: '/b', basePath: '/b' },
    { assetPrefix: '/' },
  ])
    assert.deepEqual(await sources(config), [])
})

test('rewrites that are a list apply as afterFiles', async () => {
  const rule = { source: '/a', destination: '/b' }
  const list = await loadRules({ rewrites: () => [rule] }, plain)
  assert.equal(list!.rewrites.afterFiles.length, 1)
  const phases = await loadRules(
    { rewrites: async () => ({ beforeFiles: [rule], fallback: [rule, rule] }) },
    plain,
  )
  assert.deepEqual(
    Object.values(phases!.rewrites).map((rules) => rules.length),
    [1, 0, 2],
  )
})

for (const [what, name, list, expected] of [
  ['not a list', 'redirects', {}, /^Error: redirects must return an array, received object/],
  ['nothing', 'headers', null, /headers must return an array/],
  [
    'a string instead of a rule',
    'redirects',
    ['x'],
    /The route "x" is not a valid object with `source` and `destination`/,
  ],
  ['no source', 'headers', [{ headers: [{ key: 'a', value: 'b' }] }], /`source` is missing/],
  [
    'a source without a slash',
    'headers',
    [{ source: 'a', headers: [{ key: 'a', value: 'b' }] }],
    /`source` does not start with \//,
  ],
  ['no headers', 'headers', [{ source: '/a', headers: [] }], /`headers` field cannot be empty/],
  [
    'a number as a value',
    'headers',
    [{ source: '/a', headers: [{ key: 'a', value: 1 }] }],
    /`value` in header item must be string/,
  ],
  [
    'an unknown field',
    'redirects',
    [{ source: '/a', destination: '/b', permanent: true, foo: 1 }],
    /invalid field: foo for route/,
  ],
  [
    'an invalid status',
    'redirects',
    [{ source: '/a', destination: '/b', statusCode: 200 }],
    /`statusCode` is not undefined or valid statusCode .*301, 302, 303, 307, 308/,
  ],
  [
    'an invalid has',
    'redirects',
    [{ source: '/a', destination: '/b', permanent: true, has: [{ type: 'x' }] }],
    /invalid `has` item found/,
  ],
  [
    'an invalid pattern',
    'redirects',
    [{ source: '/a(', destination: '/b', permanent: true }],
    /`source` parse failed/,
  ],
  [
    'an unnamed parameter',
    'redirects',
    [{ source: '/a/(.*)', destination: '/b/:0', permanent: true }],
    /`destination` has unnamed params :0/,
  ],
  [
    'an undefined parameter',
    'redirects',
    [{ source: '/a/:x', destination: '/b/:y', permanent: true }],
    /has segments not in `source` or `has` \(y\)/,
  ],
  [
    'a rewrite to nowhere',
    'rewrites',
    [{ source: '/a', destination: 'b' }],
    /`destination` does not start with `\/`, `http:\/\/`, or `https:\/\/`/,
  ],
  [
    'a rewrite out of basePath',
    'rewrites',
    [{ source: '/a', destination: '/b', basePath: false }],
    /rewrites urls outside of the basePath/,
  ],
] as const) {
  test(`${what} among ${name} is an error`, async () => {
    await assert.rejects(loadRules({ [name]: () => list }, plain), expected)
  })
}

test('the destination can use parameters of has', async () => {
  const rules = await redirectsOf([
    {
      source: '/a',
      has: [
        { type: 'query', key: 'u', value: '(?<user>.+)' },
        { type: 'header', key: 'x-who' },
      ],
      destination: '/b/:user/:xwho',
      permanent: false,
    },
  ]).catch((error: Error) => error.message)
  // Next.js checks the name as it is written, although the parameter's name has no dash.
  assert.match(String(rules), /has segments not in `source` or `has` \(xwho\)/)
})

test('rewrites of intercepting routes have their markers as text', () => {
  const [rule, deep] = compileInterceptions([
    {
      source: '/photo/:nxtPid',
      destination: '/(.)photo/:nxtPid',
      has: [{ type: 'header', key: 'next-url', value: '/.*' }],
    },
    { source: '/photo', destination: '/a/b/(..)(..)photo' },
  ])
  assert.ok(takes(rule!, '/photo/7') && !takes(rule!, '/photo'))
  assert.deepEqual(rule!.destination!.path, [
    { text: '/(.)' },
    { text: 'photo' },
    { name: 'nxtPid', prefix: '/' },
  ])
  assert.deepEqual(deep!.destination!.path, [
    { text: '/a/b' },
    { text: '/(..)' },
    { text: '(..)' },
    { text: 'photo' },
  ])
})

test('rewrites of intercepting routes follow those of beforeFiles', async () => {
  const [added] = compileInterceptions([{ source: '/photo', destination: '/(.)photo' }])
  const rules = await loadRules(
    { rewrites: () => ({ beforeFiles: [{ source: '/a', destination: '/b' }] }) },
    plain,
  )
  const all = withBeforeFiles(rules, [added!])!
  assert.deepEqual(
    all.rewrites.beforeFiles.map(({ source }) => source),
    ['/a', '/photo'],
  )
  assert.deepEqual(withBeforeFiles(null, [added!])!.rewrites.beforeFiles, [added])
  assert.equal(withBeforeFiles(null, []), null)
})
