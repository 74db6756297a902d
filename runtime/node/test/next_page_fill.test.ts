/** What the server is told of a page that an entry of `next build` has rendered for its cache. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { DataCache } from '../src/cache/data_cache.ts'
import { FillQueue, PageFill } from '../src/next_engine/page_fill.ts'
import { pageTag } from '../src/next_engine/page_tag.ts'
import { responseCacheOf } from '../src/next_engine/response_cache.ts'

const distDir = mkdtempSync(join(tmpdir(), 'millrace-next-fill-'))
after(() => rmSync(distDir, { recursive: true, force: true }))
const require = createRequire(import.meta.url)
const next = {
  distDir,
  prerenderManifest: { routes: {} },
  load: (name: string): unknown =>
    name.endsWith('/tags-manifest.external.js') ? { tagsManifest: new Map() } : require(name),
} as never
const Cache = responseCacheOf({ manifest: { buildId: 'build' } } as never, next)

const page = (tags: string) => ({ kind: 'APP_PAGE', headers: { 'x-next-cache-tags': tags } })
const life = (revalidate: number | false) => ({
  kind: 'APP_PAGE',
  cacheControl: { revalidate, expire: 100 },
})
const html = 'x-nextjs-cache: MISS\r\ncache-control: s-maxage=60\r\ncontent-type: text/html\r\n'

/** The fields that the server gets of a fill in which the entry does `work`. */
async function fieldsOf(
  work: (cache: InstanceType<typeof Cache>) => Promise<unknown>,
  { status = 200, isSegment = false, later = 0 } = {},
): Promise<string> {
  const fill = new PageFill()
  await fill.run(() => work(new Cache()))
  return fill.fieldsFor(status, html, isSegment, Date.now() + later)
}

test('a page that was rendered: its lifetime, and tags with that of all its variants', async () => {
  const fields = await fieldsOf((cache) => cache.set('/a', page('one,two'), life(60)))
  const tags = ['one', 'two', pageTag('/a')].map(encodeURIComponent).join(',')
  assert.match(fields, /^content-type: text\/html\r\nx-millrace-revalidate: 60\r\n/)
  assert.ok(fields.includes(`x-millrace-expire: 100\r\nx-millrace-tags: ${tags}\r\n`))
  assert.doesNotMatch(fields, /x-millrace-cache/)
})

test('a page that redirects has one Location', () => {
  const fill = new PageFill()
  fill.noteMade({ key: '/moved', lifetime: life(60).cacheControl, tags: [], madeAt: 0 })
  const fields = 'location: /to\r\nx-a: 1\r\nlocation: /to\r\nx-b: 2\r\n'
  const kept = fill.fieldsFor(307, fields, false, 0)
  assert.ok(kept.startsWith('location: /to\r\nx-a: 1\r\nx-b: 2\r\n'), kept)
})

test('a page that was there: how old it is, and that it was there', async () => {
  await new Cache().set('/b', page(''), life(false))
  const fields = await fieldsOf((cache) => cache.get('/b', life(false)), { later: 5000 })
  assert.match(fields, /x-millrace-revalidate: false\r\n/)
  assert.match(fields, /x-millrace-cache: HIT\r\n/)
  assert.ok(Number(/x-millrace-age: (\d+)/.exec(fields)?.[1]) >= 5000)
})

test('a stale page is none for a fill, and one for any other request', async () => {
  await new Cache().set('/c', page('tag'), life(60))
  DataCache.shared.revalidate(['tag'], {})
  assert.equal(await new PageFill().run(() => new Cache().get('/c', life(60))), null)
  assert.notEqual(await new Cache().get('/c', life(60)), null)
})

test('a page past its age is none for a fill', async (context) => {
  await new Cache().set('/d', page(''), life(60))
  assert.notEqual(await new PageFill().run(() => new Cache().get('/d', life(60))), null)
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() + 61_000 })
  assert.equal(await new PageFill().run(() => new Cache().get('/d', life(60))), null)
})

test('failures, segments that are not there and pages that nobody has kept are not kept', async () => {
  const made = (cache: InstanceType<typeof Cache>) => cache.set('/e', page(''), life(60))
  assert.equal(await fieldsOf(made, { status: 500 }), html)
  assert.equal(await fieldsOf(made, { status: 404, isSegment: true }), html)
  assert.match(await fieldsOf(made, { status: 404 }), /x-millrace-revalidate/)
  assert.equal(await fieldsOf(async () => undefined), html)
  assert.equal(await fieldsOf((cache) => cache.set('/e', page(''), { kind: 'APP_PAGE' })), html)
})

test('fetched data and fallbacks are not the page', async () => {
  const fields = await fieldsOf(async (cache) => {
    await cache.set('/f', { kind: 'PAGES' }, { ...life(60), kind: 'PAGES', isFallback: true })
    await cache.set('hash', { kind: 'FETCH' }, { fetchCache: true, tags: [] })
  })
  assert.equal(fields, html)
})

test('a page that is rendered for a request of its own is forgotten by the server', async (context) => {
  const revalidate = context.mock.method(DataCache.shared, 'revalidate')
  await new Cache().set('/g', page(''), life(60))
  assert.deepEqual(revalidate.mock.calls[0]?.arguments, [[pageTag('/g')], null])
  await fieldsOf((cache) => cache.set('/g', page(''), life(60)))
  assert.equal(revalidate.mock.callCount(), 1, 'the server knows what it has asked for')
})

test('renderings of one page follow one another, failures too', async () => {
  const queue = new FillQueue()
  const order: string[] = []
  const first = Promise.withResolvers<void>()
  const failed = queue.run('a', () => first.promise)
  const second = queue.run('a', async () => void order.push('second'))
  await queue.run('b', async () => void order.push('other'))
  first.reject(new Error('no'))
  await assert.rejects(failed)
  await second
  assert.deepEqual(order, ['other', 'second'])
})
