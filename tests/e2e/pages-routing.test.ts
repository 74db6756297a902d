/**
 * Tests how requests for pages are routed: locales of the Pages Router, and a middleware that
 * guards, redirects and rewrites pages in each form in which Next.js's clients request them.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { type Server, startServer } from './support/index.ts'
import { builtFixture } from './support/whole_app.ts'

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const uncached = 'private, no-cache, no-store, max-age=0, must-revalidate'
const rsc = { RSC: '1' }
const treeSegment = {
  ...rsc,
  'Next-Router-Prefetch': '1',
  'Next-Router-Segment-Prefetch': '/_tree',
}
/** What the router names for the segment in `_rsc`, as Next.js computes it. */
const treeHash = '_i_aeImnuN6u1u1r'

/** Sends a target as it is: `fetch` would change it. */
const ask = (
  server: Server,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url)
    httpRequest({ hostname, port, path, headers, method }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body }),
      )
    })
      .on('error', reject)
      .end()
  })

/** Returns the text that the page shows. */
function shown({ body }: Reply): string {
  const [, text = ''] = /<p id="page">(.*?)<\/p>/.exec(body) ?? []
  return text.replaceAll('<!-- -->', '').replaceAll('&quot;', '"')
}

describe('locales', { timeout: 900_000 }, () => {
  let server: Server
  before(async () => {
    server = await startServer({ command: 'start', directory: await builtFixture('locales') })
  })
  after(() => server?.stop())
  const get = (path: string, headers: Record<string, string> = {}) => ask(server, path, headers)

  test('the home page is redirected to the locale of the client', async () => {
    const redirects = async (headers: Record<string, string>, path = '/') => {
      const { status, headers: fields } = await get(path, headers)
      return status === 307 ? fields.location : status
    }
    assert.equal(await redirects({ 'Accept-Language': 'fr' }, '/?a=b'), '/fr?a=b')
    assert.equal(await redirects({ 'Accept-Language': 'nl, en;q=0.5' }), '/nl-NL')
    assert.equal(
      await redirects({ Cookie: 'NEXT_LOCALE=fr', 'Accept-Language': 'nl' }, '/index'),
      '/fr',
    )
    assert.equal(await redirects({ 'Accept-Language': 'de' }), 200)
    assert.equal(await redirects({ 'Accept-Language': 'fr' }, '/about'), 200)
    assert.equal(
      await redirects({ Host: 'example.nl', 'Accept-Language': 'fr' }),
      'http://example.fr/',
    )
  })

  test('prerendered pages are served in each locale by the server itself', async () => {
    const children = () => readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8')
    for (const [path, text] of [
      ['/en', 'home in en'],
      ['/fr', 'home in fr'],
      ['/about', 'about in en'],
      ['/nl-NL/about', 'about in nl-NL'],
      ['/FR/blog/first', 'first in fr'],
    ] as const) {
      const reply = await get(path)
      assert.deepEqual([reply.status, shown(reply)], [200, text], path)
    }
    const before = children()
    const { headers, body } = await get('/fr/about', { Cookie: 'a=b' })
    assert.match(body, /about in (?:<!-- -->)?fr/)
    assert.equal(headers['x-nextjs-cache'], 'HIT')
    assert.equal(children(), before)
  })

  test('a missing page is shown in the locale of its path', async () => {
    const missing = await get('/fr/nope')
    assert.deepEqual([missing.status, shown(missing)], [404, 'missing in fr'])
    assert.equal(missing.headers['cache-control'], uncached)
    assert.equal(shown(await get('/nope')), 'missing in en')
    // Next.js has lost the locale when it finds that such a path was not prerendered.
    assert.equal(shown(await get('/nl-NL/closed/first')), 'missing in en')
  })

  test('data has the locale of its path', async () => {
    const locale = async (path: string) => {
      const reply = await get(`/_next/data/fixed/${path}.json`)
      return reply.status === 200
        ? (JSON.parse(reply.body) as { pageProps: { locale: string } }).pageProps.locale
        : reply.status
    }
    assert.equal(await locale('fr/about'), 'fr')
    assert.equal(await locale('about'), 'en')
    assert.equal(await locale('fr/ssr'), 'fr')
    assert.equal(await locale('nl-NL/blog/other'), 'nl-NL')
    assert.equal(await locale('fr/nope'), 404)
  })

  test('pages read the preview data that an API route has set', async () => {
    const set = await ask(server, '/api/preview', {}, 'POST')
    const cookie = set.headers['set-cookie']!.map((one) => one.replace(/;.*/, '')).join('; ')
    const { body, headers } = await get('/fr/blog/first', { Cookie: cookie })
    assert.match(body, /first in fr of me/)
    assert.equal(headers['cache-control'], uncached)
    assert.equal((await get('/api/preview', { Cookie: cookie })).body, '{"of":"me"}')
    assert.equal(shown(await get('/fr/blog/first')), 'first in fr')
    const forged = await get('/fr/blog/first', { Cookie: cookie.replace(/.$/, '_') })
    assert.doesNotMatch(forged.body, /of me/)
  })

  test('the page for failures must not be stored', async () => {
    const { status, headers } = await get('/fr/ssr?fails')
    assert.deepEqual([status, headers['cache-control']], [500, uncached])
    await server.printed(/on purpose/)
  })

  test('rules and the middleware lead to pages in a locale', async () => {
    assert.equal((await get('/go')).headers.location, '/about')
    assert.equal((await get('/fr/go')).headers.location, 'http://example.fr/about')
    assert.equal((await get('/fr/allez')).headers.location, '/fr/about')
    assert.equal((await get('/nl-NL/allez')).status, 404)
    assert.equal(shown(await get('/fr/lit')), 'about in nl-NL')
    assert.equal((await get('/nl-NL/about')).headers['x-only'], 'dutch')
    assert.match(shown(await get('/mw-fr')), /"locale":"fr".*"from":"mw"/)
  })

  test('a page in each locale is guarded', async () => {
    for (const path of [
      '/ssr?guard',
      '/fr/ssr?guard',
      '/FR/ssr?guard',
      '/_next/data/fixed/ssr.json?guard',
      '/_next/data/fixed/fr/ssr.json?guard',
    ]) {
      assert.equal((await get(path)).status, 401, path)
    }
  })
})

describe('a middleware', { timeout: 900_000 }, () => {
  let server: Server
  before(async () => {
    server = await startServer({ command: 'start', directory: await builtFixture('guard') })
  })
  after(() => server?.stop())
  const get = (path: string, headers: Record<string, string> = {}) => ask(server, path, headers)
  const key = { Cookie: 'key=let-me-in' }

  test('guards pages, payloads, segments, data and files', async () => {
    for (const [path, fields] of [
      ['/admin', {}],
      ['/admin?_rsc', rsc],
      [`/admin?_rsc=${treeHash}`, treeSegment],
      ['/admin/one', {}],
      ['/admin/other?_rsc', rsc],
      ['/panel', {}],
      ['/panel/7', {}],
      ['/_next/data/fixed/panel.json', {}],
      ['/_next/data/fixed/panel/7.json', {}],
      ['/private/a.txt', {}],
      ['/api/hello', {}],
    ] as const) {
      const guarded = await get(path, fields)
      assert.deepEqual([guarded.status, guarded.body], [401, 'guarded'], path)
      const open = await get(path, { ...fields, ...key })
      assert.equal(open.status, 200, path)
      assert.doesNotMatch(open.body, /guarded/)
    }
  })

  test('cannot be passed by another spelling', async () => {
    for (const path of [
      '/%61dmin',
      '/admin.rsc',
      '/admin.txt',
      '/admin.segments/_tree.segment.rsc',
      '/admin/one.rsc',
      '/ADMIN',
      '/admin%2fone',
      '/x/../admin',
      '//admin',
      '/index/admin',
      '/_next/data/fixed/%70anel.json',
      '/_next/data/fixed/index/panel.json',
      '/_next/data/fixed/panel/index.json',
      '/_next/data/fixed/./panel.json',
      '/_next/data/FIXED/panel.json',
      '/_next/data/other/panel.json',
      '/_next%2fdata/fixed/panel.json',
      '/private/%61.txt',
      '/%70rivate/a.txt',
      '/_next/image?url=%2Fprivate%2Fa.txt&w=640&q=75',
    ]) {
      for (const fields of [
        {},
        rsc,
        { 'x-nextjs-data': '1' },
        { 'x-middleware-subrequest': 'proxy' },
      ]) {
        const { status, body } = await get(path, fields)
        assert.ok(status >= 300, `${path} ${status}`)
        assert.doesNotMatch(body, /the secret/, path)
      }
    }
  })

  test('sees the path of the page, without what is for the client', async () => {
    const seen = async (path: string, fields: Record<string, string> = {}) => {
      const { headers } = await get(path, { ...fields, ...key })
      return [decodeURIComponent(String(headers['x-seen'])), headers['x-flight']]
    }
    assert.deepEqual(await seen('/_next/data/fixed/panel/7.json?a=1'), [
      '/panel/7 /panel/7?a=1',
      'x-nextjs-data',
    ])
    assert.deepEqual(await seen('/admin?a=1&_rsc', rsc), ['/admin /admin?a=1', undefined])
    assert.deepEqual(await seen('/admin.rsc'), ['/admin /admin', undefined])
  })

  test('rewrites and redirects data and payloads as their clients expect it', async () => {
    const data = await get('/_next/data/fixed/mw/to-panel.json?q=1')
    assert.equal(data.headers['x-nextjs-rewrite'], '/panel/7?q=1')
    assert.equal(data.headers['x-nextjs-matched-path'], '/panel/[id]')
    assert.equal((JSON.parse(data.body) as { pageProps: { id: string } }).pageProps.id, '7')
    const gone = await get('/_next/data/fixed/mw/go-panel.json')
    assert.deepEqual(
      [gone.status, gone.headers['x-nextjs-redirect'], gone.headers.location, gone.body],
      [307, '/panel/7?a=1', undefined, ''],
    )
    const payload = await get('/mw/to-admin?_rsc', rsc)
    assert.equal(payload.headers['x-nextjs-rewritten-path'], '/admin')
    assert.equal(payload.headers['x-nextjs-rewritten-query'], 'x=1')
    const moved = await get('/mw/go-panel?_rsc', rsc)
    assert.deepEqual([moved.status, moved.headers.location], [307, '/panel/7?a=1'])
  })

  test('a prefetch gets no data of a page that is rendered for each request', async () => {
    const fields = { 'x-middleware-prefetch': '1', ...key }
    const rendered = await get('/_next/data/fixed/panel/7.json', fields)
    assert.equal(rendered.body, '{}')
    assert.equal(rendered.headers['x-matched-path'], '/panel/[id]')
    assert.equal(rendered.headers['x-middleware-skip'], '1')
    assert.match((await get('/_next/data/fixed/panel.json', fields)).body, /the secret of panel/)
  })

  test('paths of API routes that do not exist show the page for missing paths', async () => {
    const { status, headers, body } = await get('/api/nope', key)
    assert.equal(status, 404)
    assert.match(String(headers['content-type']), /^text\/html/)
    assert.match(body, /This page could not be found/)
  })
})
