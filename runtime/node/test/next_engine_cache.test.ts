/**
 * Tests the caches of entries that `next build` has compiled, stored in the data cache that all
 * workers share.
 */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'

import { DataCache } from '../src/cache/data_cache.ts'
import { FunctionCache } from '../src/next_engine/function_cache.ts'
import { responseCacheOf } from '../src/next_engine/response_cache.ts'

const distDir = mkdtempSync(join(tmpdir(), 'millrace-next-cache-'))
after(() => rmSync(distDir, { recursive: true, force: true }))

/** Next.js's tag states, as in its module. */
const marks = new Map<string, { stale?: number }>()
const require = createRequire(import.meta.url)
const next = {
  distDir,
  load: (name: string): unknown =>
    name.endsWith('/tags-manifest.external.js') ? { tagsManifest: marks } : require(name),
} as never
const cacheOf = (buildId: string) =>
  new (responseCacheOf({ manifest: { buildId } } as never, next))()

const response = (text: string, tags = '') => ({
  kind: 'APP_ROUTE',
  status: 200,
  body: Buffer.from(text),
  headers: { 'x-next-cache-tags': tags },
})
const life = { kind: 'APP_ROUTE', cacheControl: { revalidate: 60 } as const }

function write(name: string, text: string): void {
  const path = join(distDir, 'server', name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

test('a response is found by every request of its build, and by none of another', async () => {
  await cacheOf('a').set('/route-cache/x/$/one', response('kept', 'tag'), life)
  const found = await cacheOf('a').get('/route-cache/x/$/one', life)
  assert.deepEqual(found?.value, response('kept', 'tag'))
  assert.deepEqual(found?.cacheControl, { revalidate: 60 })
  assert.equal(await cacheOf('b').get('/route-cache/x/$/one', life), null)
})

test('a page is found with its bytes and maps, whatever its properties are named', async () => {
  const page = {
    kind: 'APP_PAGE',
    html: '<p>',
    rscData: Buffer.from([0, 255]),
    segmentData: new Map([['/_tree', Buffer.from('tree')]]),
    headers: {},
    pageData: { $bytes: 'AAAA', $map: [[1, 2]], $$more: { $bytes: '' } },
  }
  await cacheOf('g').set('/page', page, { kind: 'APP_PAGE' })
  assert.deepEqual((await cacheOf('g').get('/page', { kind: 'APP_PAGE' }))?.value, page)
})

test('a page that is not there is found as such', async () => {
  await cacheOf('h').set('/gone', null, { kind: 'PAGES' })
  assert.equal((await cacheOf('h').get('/gone', { kind: 'PAGES' }))?.value, null)
})

test('a tag revalidated by either engine: expired, or stale with a profile', async () => {
  const cache = cacheOf('c')
  await cache.set('/two', response('two', 'soft,hard'), life)
  DataCache.shared.revalidate(['soft'], {})
  const stale = await cache.get('/two', life)
  const tags = String(stale?.value?.headers?.['x-next-cache-tags']).split(',')
  assert.ok(
    tags.some((tag) => (marks.get(tag)?.stale ?? 0) > Date.now()),
    'Next.js takes it for stale',
  )
  // A value whose renewal failed is stored again.
  await cache.set('/two', stale!.value, life)
  assert.deepEqual((await cache.get('/two', life))?.value, response('two', 'soft,hard'))
  await cache.revalidateTag('hard')
  assert.equal(await cache.get('/two', life), null)
})

test('a tag revalidated while a response is made applies to it', async () => {
  const cache = cacheOf('d')
  assert.equal(await cache.get('/three', life), null)
  await cache.revalidateTag(['during'])
  await cache.set('/three', response('three', 'during'), life)
  assert.equal(await cacheOf('d').get('/three', life), null)
})

test('a fetched response: stale by its age, because Next.js checks only that', async () => {
  const cache = cacheOf('e')
  const value = { kind: 'FETCH', revalidate: 30 }
  await cache.set('key', value, { fetchCache: true, tags: ['t'] })
  const context = { kind: 'FETCH', tags: ['t'], softTags: ['soft'] }
  assert.deepEqual((await cache.get('key', context))?.value, value)
  DataCache.shared.revalidate(['soft'], {})
  const { lastModified } = (await cache.get('key', context))!
  assert.ok(Date.now() - lastModified > 30_000)
  DataCache.shared.revalidate(['t'], null)
  assert.equal(await cache.get('key', context), null)
})

test('a response made at build time has the age of the build, and expires with its tags', async () => {
  write('route-cache/x/$/seed.body', 'from the build')
  write(
    'route-cache/x/$/seed.meta',
    JSON.stringify({ status: 201, headers: { 'x-next-cache-tags': 'seeded' } }),
  )
  const key = '/route-cache/x/$/seed'
  const found = await cacheOf('f').get(key, life)
  assert.deepEqual(found?.value, {
    kind: 'APP_ROUTE',
    body: Buffer.from('from the build'),
    headers: { 'x-next-cache-tags': 'seeded' },
    status: 201,
  })
  await cacheOf('f').revalidateTag('seeded')
  assert.equal(await cacheOf('f').get(key, life), null)
  assert.equal(await cacheOf('f').get('/route-cache/x/$/../../../../etc/passwd', life), null)
})

const streamOf = (text: string) => new Response(text).body!
const entry = (text: string) => ({
  value: streamOf(text),
  tags: ['f'],
  stale: 1,
  timestamp: 5,
  expire: 1000,
  revalidate: 500,
})

test('results of cached functions: complete, renewed, stale and expired with their tags', async () => {
  const cache = new FunctionCache()
  assert.equal(await cache.get('f1', []), undefined)
  await cache.set('f1', Promise.resolve(entry('result')))
  for (const _ of [1, 2]) {
    const { value, ...rest } = (await new FunctionCache().get('f1', ['soft']))!
    assert.equal(await new Response(value).text(), 'result')
    assert.deepEqual(rest, { tags: ['f'], stale: 1, timestamp: 5, expire: 1000, revalidate: 500 })
  }
  await cache.updateTags(['f'], {})
  assert.equal((await cache.get('f1', []))?.revalidate, -1)
  await cache.updateTags(['f'])
  assert.equal(await cache.get('f1', []), undefined)
  assert.equal(await cache.getExpiration(), Infinity)
})

test('a result whose stream fails is not stored', async () => {
  const cache = new FunctionCache()
  const value = new ReadableStream({ start: (controller) => controller.error(new Error('broken')) })
  await assert.rejects(cache.set('f2', Promise.resolve({ ...entry(''), value })), /broken/)
  assert.equal(await cache.get('f2', []), undefined)
})

test('the number of remembered results that are being made is bounded', async () => {
  const cache = new FunctionCache()
  const most = 4096
  for (let i = 0; i <= most; ++i) await cache.get(`many ${i}`, [])
  await cache.updateTags(['f'])
  for (const key of ['many 0', 'many 1']) await cache.set(key, Promise.resolve(entry('x')))
  // The forgotten result counts as begun before every revalidation: it expires as well.
  assert.deepEqual(
    [await cache.get('many 0', []), await cache.get('many 1', [])],
    [undefined, undefined],
  )
})
