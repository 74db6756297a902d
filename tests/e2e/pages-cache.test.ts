/**
 * Tests the pages that the server itself responds with: prerendered ones in all of their variants,
 * those that are rendered again in time, by a tag, by a path and on demand, and requests that go
 * past the cache.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { get as httpGet, type IncomingHttpHeaders } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { type Server, startServer } from './support/index.ts'
import { builtFixture } from './support/whole_app.ts'

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** The router's fields for a navigation, and for the prefetch of a segment. */
const rsc = { RSC: '1' }
/** What the router names for them in `_rsc`, as Next.js computes it. */
const hashes: Record<string, string> = {
  '/_tree': '_i_aeImnuN6u1u1r',
  '/none': 'UA2IfnKpzFgf4RIa',
}
const segment = (path: string) => ({
  ...rsc,
  'Next-Router-Prefetch': '1',
  'Next-Router-Segment-Prefetch': path,
})

function searchFor(headers: Record<string, string>): string {
  if (headers['RSC'] === undefined) return ''
  return `?_rsc=${hashes[headers['Next-Router-Segment-Prefetch'] ?? ''] ?? ''}`
}

describe('cached pages', { timeout: 900_000 }, () => {
  let directory: string
  let server: Server

  before(async () => {
    directory = await builtFixture('pages')
    server = await startServer({ command: 'start', directory })
  })
  after(() => server?.stop())

  /** With `fetch`, some fields would be ours and not what a test says. */
  const get = (path: string, headers: Record<string, string> = {}) =>
    new Promise<Reply>((resolve, reject) => {
      httpGet(`${server.url}${path}${searchFor(headers)}`, { headers }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => (body += text))
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body }),
        )
      }).on('error', reject)
    })
  const post = async (path: string, content: object) => {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      body: JSON.stringify(content),
    })
    assert.equal(response.status, 204, await response.text())
  }
  const stateOf = ({ headers }: Reply) => headers['x-nextjs-cache']
  const timeIn = ({ body }: Reply) => /of (?:<!-- -->)?(\d+)\./.exec(body)?.[1]
  const childrenOf = (pid: number) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')

  test('what the build has made needs no worker, in any variant', async () => {
    const before = childrenOf(server.pid)
    const replies = await Promise.all([
      get('/'),
      get('/', rsc),
      get('/', segment('/_tree')),
      get('/news'),
      get('/news', rsc),
      get('/posts/first'),
      get('/posts/a%20b'),
      get('/closed/one'),
      get('/old/stat'),
      get('/_next/data/fixed/old/stat.json'),
      get('/old/1'),
    ])
    assert.deepEqual(
      replies.map((reply) => [reply.status, stateOf(reply)]),
      replies.map(() => [200, 'HIT']),
    )
    const auto = await get('/old/auto')
    assert.match(auto.body, /the same for everybody/)
    assert.equal(stateOf(auto), undefined)
    assert.equal((await get('/old/auto', { 'If-None-Match': auto.headers.etag! })).status, 304)
    assert.equal(childrenOf(server.pid), before, 'no worker was started')
  })

  test('fields are those of next start', async () => {
    const vary = 'rsc, next-router-state-tree, next-router-prefetch, next-router-segment-prefetch'
    const html = (await get('/')).headers
    assert.equal(html['content-type'], 'text/html; charset=utf-8')
    assert.ok(html.vary?.startsWith(vary), html.vary)
    assert.equal(html['cache-control'], 's-maxage=31536000')
    assert.equal(html['x-powered-by'], 'Next.js')
    assert.equal(html['x-nextjs-stale-time'], '300')
    assert.match(html.etag ?? '', /^"\w+"$/)
    const news = (await get('/news', rsc)).headers
    assert.equal(news['content-type'], 'text/x-component')
    assert.equal(news['cache-control'], 's-maxage=3600, stale-while-revalidate=31532400')
    assert.equal(news['x-powered-by'], undefined)
    const tree = (await get('/news', segment('/_tree'))).headers
    assert.equal(tree['x-nextjs-postponed'], '2')
    const data = await get('/_next/data/fixed/old/stat.json')
    assert.equal(data.headers['content-type'], 'application/json; charset=utf-8')
    // Next.js names only dynamic pages.
    assert.equal(data.headers['x-nextjs-matched-path'], undefined)
    assert.match(JSON.parse(data.body).pageProps.made, /^\d+$/)
    const same = await get('/', { 'If-None-Match': html.etag! })
    assert.deepEqual([same.status, same.headers['content-type']], [304, undefined])
  })

  test('a path that was not prerendered is rendered once, for all variants', async () => {
    const first = await get('/posts/second')
    assert.deepEqual([first.status, stateOf(first)], [200, 'MISS'])
    const time = timeIn(first)
    assert.ok(time)
    const payload = await get('/posts/second', rsc)
    assert.deepEqual([payload.status, stateOf(payload)], [200, 'HIT'])
    assert.ok(payload.body.includes(time))
    const again = await get('/posts/second')
    assert.deepEqual([timeIn(again), stateOf(again)], [time, 'HIT'])
    assert.equal(again.headers['cache-control'], 's-maxage=3600, stale-while-revalidate=31532400')
    const gone = await get('/posts/gone')
    assert.deepEqual([gone.status, stateOf(gone)], [404, 'MISS'])
    assert.deepEqual(
      [(await get('/posts/gone')).status, stateOf(await get('/posts/gone'))],
      [404, 'HIT'],
    )
  })

  test('a segment that a page does not have is 404, each time', async () => {
    for (const _ of [1, 2]) assert.equal((await get('/news', segment('/none'))).status, 404)
  })

  test('where a page has no other paths, they are the page of a 404', async () => {
    const closed = await get('/closed/two')
    assert.equal(closed.status, 404)
    assert.equal(closed.headers['content-type'], 'text/html; charset=utf-8')
    assert.equal(
      closed.headers['cache-control'],
      'private, no-cache, no-store, max-age=0, must-revalidate',
    )
    assert.equal((await get('/nowhere')).body, closed.body)
  })

  test('a tag that is revalidated: rendered anew before the response, for all variants', async () => {
    const before = timeIn(await get('/news'))
    await post('/api/revalidate', { tag: 'news' })
    const payload = await get('/news', rsc)
    const after = timeIn(await get('/news'))
    assert.ok(after !== undefined && after !== before)
    assert.ok(payload.body.includes(after), 'variants come from one rendering')
  })

  test('a tag that is revalidated with a profile: stale at once, then the new page', async () => {
    const before = timeIn(await get('/news'))
    await post('/api/revalidate', { tag: 'news', profile: 'max' })
    const stale = await get('/news')
    assert.deepEqual([timeIn(stale), stateOf(stale)], [before, 'STALE'])
    let now = stale
    for (let tries = 0; tries < 1000 && timeIn(now) === before; ++tries) now = await get('/news')
    assert.notEqual(timeIn(now), before)
    assert.equal(stateOf(now), 'HIT')
  })

  test('a path that is revalidated, by a route and by a server action', async () => {
    const first = timeIn(await get('/news'))
    await post('/api/revalidate', { path: '/news' })
    const second = timeIn(await get('/news'))
    assert.notEqual(second, first)
    const [, action] = /name="(\$ACTION_ID_\w+)"/.exec((await get('/act')).body) ?? []
    const form = new FormData()
    form.set(action!, '')
    const posted = await fetch(`${server.url}/act`, { method: 'POST', body: form })
    assert.equal(posted.status, 200)
    assert.notEqual(timeIn(await get('/news')), second)
  })

  test('res.revalidate renders a page anew, of either router', async () => {
    for (const path of ['/news', '/old/stat']) {
      const before = timeIn(await get(path))
      assert.equal((await get(`/api/again?path=${path}`)).status, 204)
      assert.notEqual(timeIn(await get(path)), before)
    }
    const { pageProps } = JSON.parse((await get('/_next/data/fixed/old/stat.json')).body)
    assert.equal(pageProps.made, timeIn(await get('/old/stat')))
  })

  test('a page with a fallback: the fallback, its data, then the page', async () => {
    assert.match((await get('/old/2')).body, /loading/)
    const crawler = await get('/old/3', { 'User-Agent': 'Googlebot' })
    assert.match(crawler.body, /id <!-- -->3|id 3/)
    const data = await get('/_next/data/fixed/old/2.json')
    assert.equal(JSON.parse(data.body).pageProps.id, '2')
    for (const state of ['HIT', 'HIT']) {
      const page = await get('/old/2')
      assert.match(page.body, /id 2/)
      assert.equal(stateOf(page), state)
    }
  })

  test('data of a page that is not there is 404', async () => {
    const gone = await get('/_next/data/fixed/old/gone.json')
    assert.deepEqual([gone.status, gone.body], [404, '{"notFound":true}'])
  })

  test('draft mode goes past the cache', async () => {
    const { headers } = await fetch(`${server.url}/api/draft`, { method: 'POST' })
    const cookie = headers.getSetCookie()[0]!.split(';')[0]!
    const kept = timeIn(await get('/news'))
    const draft = await get('/news', { Cookie: cookie })
    assert.notEqual(timeIn(draft), kept)
    assert.equal(
      draft.headers['cache-control'],
      'private, no-cache, no-store, max-age=0, must-revalidate',
    )
    assert.equal(timeIn(await get('/news')), kept)
  })

  test('a page that is rendered for each request is', async () => {
    const asked = await get('/dynamic', { 'User-Agent': 'one' })
    assert.match(asked.body, /for one/)
    assert.equal(stateOf(asked), undefined)
  })
})

describe('pages with parts', { timeout: 900_000 }, () => {
  let server: Server

  before(async () => {
    server = await startServer({ command: 'start', directory: await builtFixture('parts') })
  })
  after(() => server?.stop())

  /** Resolves with the head and the body, and with what came before the rest was rendered. */
  const get = (path: string, headers: Record<string, string> = {}) =>
    new Promise<Reply & { readonly first: string }>((resolve, reject) => {
      httpGet(`${server.url}${path}`, { headers }, (response) => {
        let body = ''
        let first: string | undefined
        response.setEncoding('utf8').on('data', (text: string) => {
          first ??= text
          body += text
        })
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            body,
            first: first ?? '',
          }),
        )
      }).on('error', reject)
    })
  const madeIn = ({ body }: Reply) => /made at (\d+)\./.exec(body)?.[1]

  test('the shell comes first, then the rest of this request', async () => {
    for (const name of ['one', 'two']) {
      const page = await get('/', { Cookie: `name=${name}` })
      assert.equal(page.status, 200)
      assert.match(page.first, /shell/)
      assert.doesNotMatch(page.first, /visitor/)
      assert.match(page.body, new RegExp(`visitor ${name}\\.`))
      assert.match(page.body, /<\/html>$/)
      assert.equal(page.headers['x-nextjs-postponed'], '1')
      assert.equal(page.headers['x-nextjs-cache'], undefined)
      assert.equal(
        page.headers['cache-control'],
        'private, no-cache, no-store, max-age=0, must-revalidate',
      )
    }
  })

  test('crawlers get the page as a whole', async () => {
    const page = await get('/', { 'User-Agent': 'Bingbot' })
    assert.match(page.body, /visitor nobody\./)
  })

  test('a tag of the shell that is revalidated: a new shell, with its rest', async () => {
    const before = madeIn(await get('/cached'))
    assert.ok(before)
    assert.equal(madeIn(await get('/cached')), before)
    assert.equal((await fetch(`${server.url}/api/tag`, { method: 'POST' })).status, 204)
    const page = await get('/cached', { Cookie: 'name=three' })
    assert.notEqual(madeIn(page), before)
    assert.match(page.body, /visitor three\./)
    assert.equal(madeIn(await get('/cached')), madeIn(page))
  })

  test('a page without parts, and paths that were and were not prerendered', async () => {
    const all = await get('/static')
    assert.match(all.body, /all of it/)
    assert.equal(all.headers['x-nextjs-cache'], 'HIT')
    for (const id of ['1', '2'])
      assert.match((await get(`/items/${id}`)).body, new RegExp(`item ${id}\\.`))
  })

  test('a prerendered path that is revalidated: one page, in the shell of all paths', async () => {
    assert.equal((await fetch(`${server.url}/api/path`, { method: 'POST' })).status, 204)
    for (const name of ['one', 'two']) {
      const { body } = await get('/items/1', { Cookie: `name=${name}` })
      assert.match(body, /item 1\./)
      assert.equal(body.split('<!DOCTYPE html>').length, 2)
    }
  })
})
