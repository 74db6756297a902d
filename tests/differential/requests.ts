/**
 * The requests sent to the fixture under `next start` and under Millrace, in this order
 * (the order matters where a handler keeps state, as those for `after` do).
 */

/** One request, and what may differ in its answer. */
export interface DifferentialRequest {
  /** Unique; the subtest's name. */
  readonly name: string
  readonly method: string
  /** The request target, sent as it stands. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: Uint8Array | null
  /** Send the body chunked instead of with a Content-Length. */
  readonly chunked: boolean
  /** The id of an entry of docs/differences.md that lets more than the usual differ, and what. */
  readonly difference: Difference | null
}

/** A difference on purpose: `id` is the anchor in docs/differences.md. */
export interface Difference {
  readonly id: string
  /** The status that Millrace answers with where it is not that of Next.js. */
  readonly status?: number
  /** Header names left out of the comparison for this request. */
  readonly headers?: readonly string[]
  /** The body is left out of the comparison for this request. */
  readonly body?: boolean
}

interface Options {
  headers?: Record<string, string | string[]>
  body?: string | Uint8Array
  type?: string
  chunked?: boolean
  difference?: Difference
}

/** Next.js renders a page for an error where Millrace, which has no pages, answers in plain text. */
const errorPage: Difference = {
  id: 'error-pages',
  headers: ['content-type', 'content-length', 'etag', 'vary', 'cache-control', 'x-nextjs-cache', 'x-nextjs-prerender',
    'x-nextjs-stale-time', 'x-powered-by'],
  body: true,
}

function request(name: string, method: string, target: string, options: Options = {}): DifferentialRequest {
  const headers = { ...options.headers }
  if (options.type !== undefined) headers['Content-Type'] = options.type
  const body = typeof options.body === 'string' ? Buffer.from(options.body) : (options.body ?? null)
  return { name, method, target, headers, body, chunked: options.chunked ?? false, difference: options.difference ?? null }
}

const get = (name: string, target: string, options?: Options) => request(name, 'GET', target, options)
const post = (name: string, target: string, body: string | Uint8Array, type?: string, options: Options = {}) =>
  request(name, 'POST', target, { ...options, body, ...(type === undefined ? {} : { type }) })

const json = 'application/json'
const values = ['object', 'array', 'string', 'unicode', 'empty', 'number', 'zero', 'true', 'false', 'null',
  'undefined', 'html', 'buffer', 'empty-object', 'date']

const multipart = 'multipart/form-data; boundary=frontier'
const multipartBody = [
  '--frontier', 'Content-Disposition: form-data; name="title"', '', 'grüße',
  '--frontier', 'Content-Disposition: form-data; name="file"; filename="a.txt"', 'Content-Type: text/plain', '', 'file text',
  '--frontier', 'Content-Disposition: form-data; name="title"', '', 'second', '--frontier--', '',
].join('\r\n')

const pagesAnswers: DifferentialRequest[] = [
  get('pages: hello', '/api/hello'),
  ...values.map((kind) => get(`pages: res.json(${kind})`, `/api/json?kind=${kind}`)),
  ...values.map((kind) => get(`pages: res.send(${kind})`, `/api/send?kind=${kind}`)),
  get('pages: res.send(stream)', '/api/send?kind=stream'),
  get('pages: res.send with own type', '/api/send?kind=string&type=text/csv'),
  get('pages: res.send(object) with own type', '/api/send?kind=object&type=application/problem%2Bjson'),
  get('pages: res.send(buffer) with own type', '/api/send?kind=buffer&type=image/png'),
  get('pages: status only', '/api/status?code=201'),
  get('pages: status and json', '/api/status?code=422&how=json'),
  get('pages: status and send', '/api/status?code=503&how=send'),
  get('pages: status property', '/api/status?code=500&how=property'),
  get('pages: own reason phrase', '/api/status?code=200&message=Very%20Fine&how=send'),
  get('pages: 204 with json', '/api/status?code=204&how=json'),
  get('pages: 204 with send', '/api/status?code=204&how=send'),
  get('pages: 304 with send', '/api/status?code=304&how=send'),
  get('pages: 200 with send(null)', '/api/status?code=200&how=null'),
  get('pages: unknown status', '/api/status?code=299&how=send'),
  ...['url', 'status', 'permanent', 'unicode', 'no-url', 'no-argument', 'after-header'].map((how) =>
    get(`pages: res.redirect, ${how}`, `/api/redirect?how=${how}`)),
  get('pages: etag', '/api/etag'),
  get('pages: etag that matches', '/api/etag', { headers: { 'If-None-Match': '"1mrwj8y4fs35"' } }),
  get('pages: If-None-Match *', '/api/etag', { headers: { 'If-None-Match': '*' } }),
  get('pages: If-None-Match with other tags', '/api/etag', { headers: { 'If-None-Match': '"a", W/"b"' } }),
  get('pages: own etag', '/api/etag?own=%22mine%22'),
  get('pages: own etag that matches', '/api/etag?own=%22mine%22', { headers: { 'If-None-Match': '"mine"' } }),
  get('pages: own etag that matches weakly', '/api/etag?own=%22mine%22', { headers: { 'If-None-Match': 'W/"mine"' } }),
  get('pages: own etag, matching, no-cache asked', '/api/etag?own=%22mine%22',
    { headers: { 'If-None-Match': '"mine"', 'Cache-Control': 'no-cache' } }),
  get('pages: If-Modified-Since', '/api/etag?modified=1', { headers: { 'If-Modified-Since': 'Wed, 21 Oct 2015 07:28:00 GMT' } }),
  get('pages: etag with status 404', '/api/etag?code=404'),
  get('pages: own cache-control', '/api/etag?control=public,%20max-age=60'),
  request('pages: HEAD of json', 'HEAD', '/api/hello'),
  request('pages: HEAD of send', 'HEAD', '/api/send?kind=string'),
  request('pages: HEAD of a stream', 'HEAD', '/api/stream'),
  get('pages: streamed answer', '/api/stream'),
  get('pages: events', '/api/events'),
  get('pages: large answer', '/api/large?kb=300'),
  get('pages: writeHead', '/api/write-head'),
  get('pages: writeHead with reason', '/api/write-head?how=reason'),
  get('pages: writeHead with a flat array', '/api/write-head?how=array'),
  get('pages: writeHead with Content-Length', '/api/write-head?how=length'),
  get('pages: header methods', '/api/headers'),
  get('pages: cookies set', '/api/cookies?set=1'),
  get('pages: 204', '/api/empty'),
  get('pages: two answers', '/api/twice'),
]

const pagesRequests: DifferentialRequest[] = [
  get('pages: cookies read', '/api/cookies', { headers: { Cookie: 'a=1; b=two%20words; c="quoted"; a=second; d; e=%zz' } }),
  get('pages: query', '/api/query?a=1&b=2&a=3&empty=&novalue&sp=x+y%20z&%C3%BC=%C3%9F'),
  get('pages: query with odd characters', '/api/query?a[]=1&a[]=2&o[x]=1&p=%2541&q=1=2&&r'),
  get('pages: query with a bad percent sign', '/api/query?a=%zz&b=%'),
  get('pages: query named as prototype', '/api/query?__proto__=1&constructor=2&toString=3', {
    difference: { id: 'prototype-names', headers: ['etag', 'content-length'], body: true },
  }),
  get('pages: url', '/api/url'),
  get('pages: url with a query', '/api/url?a=1&b=two&c=x%26y'),
  get('pages: request headers', '/api/request-headers', {
    headers: { 'X-Test-One': 'One', 'X-Test-Many': ['a', 'b'], Accept: '*/*', 'User-Agent': 'differential', 'X-TEST-Caps': 'C' },
  }),
  get('pages: environment', '/api/env'),
  get('pages: index', '/api/users'),
  get('pages: static beats dynamic', '/api/users/me'),
  get('pages: parameter', '/api/users/42'),
  get('pages: parameter wins over query', '/api/users/42?id=43&other=1'),
  get('pages: parameter, percent-encoded', '/api/users/a%20b%2Fc%3Fd'),
  get('pages: parameter, UTF-8', '/api/users/gr%C3%BC%C3%9Fe'),
  get('pages: parameter, plus sign', '/api/users/a+b@c;d=e,f'),
  get('pages: parameter, bad percent', '/api/users/%zz', { difference: errorPage }),
  get('pages: parameter, bad UTF-8', '/api/users/%ff', { difference: errorPage }),
  get('pages: parameter, a dot', '/api/users/file.json'),
  get('pages: parameter, dot segments encoded', '/api/users/%2e%2e'),
  get('pages: two parameters', '/api/teams/red/members/7?team=blue&member=9&x=1'),
  get('pages: catch-all, one', '/api/posts/one'),
  get('pages: catch-all, three', '/api/posts/one/t%20wo/thr%2Fee'),
  get('pages: catch-all, none', '/api/posts', { difference: errorPage }),
  get('pages: catch-all with query', '/api/posts/a/b?slug=c&x=1'),
  get('pages: optional catch-all, none', '/api/docs'),
  get('pages: optional catch-all, some', '/api/docs/a/b'),
  get('pages: trailing slash', '/api/users/42/'),
  get('pages: trailing slash with query', '/api/hello/?a=1&b=%20'),
  get('pages: double slash', '/api//users/42?x=1'),
  get('pages: double slash at the start', '//api/hello'),
  get('pages: backslash', '/api\\hello'),
  get('pages: dot segments', '/api/users/../hello'),
  get('pages: name in capitals', '/API/HELLO', { difference: errorPage }),
  get('pages: encoded letter in a static name', '/api/h%65llo', { difference: errorPage }),
  get('pages: absolute form', 'http://localhost/api/query?a=1', {
    difference: { id: 'absolute-form', status: 200, headers: ['location', 'refresh', 'etag', 'content-type', 'content-length'], body: true },
  }),
  get('pages: CommonJS', '/api/common'),
  get('pages: CommonJS compiled from a module', '/api/esm-flag'),
  get('pages: edge', '/api/edge?x=1'),
  post('pages: edge with a body', '/api/edge', 'edge body', 'text/plain'),
  ...['PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => request(`pages: ${method}`, method, '/api/methods')),
  request('pages: 405 by the handler', 'DELETE', '/api/users'),
]

const pagesBodies: DifferentialRequest[] = [
  post('pages body: json', '/api/echo', '{"a":[1,2,{"b":"grüße"}]}', json),
  post('pages body: json with charset', '/api/echo', '{"a":1}', 'application/json; charset=utf-8'),
  post('pages body: json, chunked', '/api/echo', '{"a":1}', json, { chunked: true }),
  post('pages body: json number', '/api/echo', '42', json),
  post('pages body: json null', '/api/echo', 'null', json),
  post('pages body: ld+json', '/api/echo', '{"a":1}', 'application/ld+json'),
  post('pages body: other +json', '/api/echo', '{"a":1}', 'application/vnd.api+json'),
  post('pages body: empty json', '/api/echo', '', json),
  post('pages body: invalid json', '/api/echo', '{"a":', json),
  post('pages body: urlencoded', '/api/echo', 'a=1&b=x+y&a=2&c=%C3%BC', 'application/x-www-form-urlencoded'),
  post('pages body: empty urlencoded', '/api/echo', '', 'application/x-www-form-urlencoded'),
  post('pages body: text', '/api/echo', 'plain grüße', 'text/plain'),
  post('pages body: latin1 text', '/api/echo', Buffer.from('gr\u00fc\u00dfe', 'latin1'), 'text/plain; charset=latin1'),
  post('pages body: unknown charset', '/api/echo', 'x', 'text/plain; charset=klingon'),
  post('pages body: octets', '/api/echo', Uint8Array.of(0, 1, 254, 255), 'application/octet-stream'),
  post('pages body: multipart', '/api/echo', multipartBody, multipart),
  post('pages body: no type', '/api/echo', 'untyped'),
  post('pages body: odd type', '/api/echo', 'x', 'image/png'),
  post('pages body: malformed type', '/api/echo', 'x', 'not a type'),
  post('pages body: gzip', '/api/echo', '{}', json, { headers: { 'Content-Encoding': 'gzip' } }),
  get('pages body: GET', '/api/echo'),
  request('pages body: DELETE with a body', 'DELETE', '/api/echo', { body: '{"gone":1}', type: json }),
  request('pages body: POST without a body', 'POST', '/api/echo'),
  post('pages body: too large', '/api/echo', Buffer.alloc(1_048_577, 0x61), 'text/plain'),
  post('pages body: too large, chunked', '/api/echo', Buffer.alloc(1_100_000, 0x61), 'text/plain', { chunked: true }),
  post('pages body: just within the limit', '/api/limited', JSON.stringify('x'.repeat(2046)), json),
  post('pages body: over its own limit', '/api/limited', JSON.stringify('x'.repeat(2047)), json),
  post('pages body: signature', '/api/signed', '{ "spaced" :  1 }\n', json),
  post('pages body: signature over octets', '/api/signed', Uint8Array.from({ length: 5000 }, (_, i) => i & 255), 'application/octet-stream'),
  post('pages body: created', '/api/users', '{"name":"Grace"}', json),
]

const pagesFailures: DifferentialRequest[] = [
  ...['error', 'string', 'status', 'reject', 'header'].map((how) => get(`pages failure: ${how}`, `/api/throw?how=${how}`)),
  get('pages failure: no default export', '/api/no-default', { difference: errorPage }),
  get('pages failure: no such route', '/api/nothing/here', { difference: errorPage }),
  post('pages failure: no such route, POST', '/api/nothing', 'x', 'text/plain', { difference: errorPage }),
]

const appRequests: DifferentialRequest[] = [
  get('app: hello', '/api/route-hello'),
  get('app: root', '/'),
  get('app: group', '/grouped'),
  ...['GET', 'HEAD', 'OPTIONS'].map((method) => request(`app: ${method} of all`, method, '/api/app/methods')),
  ...['POST', 'PUT', 'PATCH', 'DELETE'].map((method) =>
    request(`app: ${method} of all`, method, '/api/app/methods', { body: `body of ${method}`, type: 'text/plain' })),
  request('app: automatic HEAD', 'HEAD', '/api/app/get-only'),
  request('app: automatic OPTIONS', 'OPTIONS', '/api/app/get-only'),
  request('app: automatic OPTIONS of POST only', 'OPTIONS', '/api/app/post-only'),
  request('app: 405', 'POST', '/api/app/get-only', { body: '{}', type: json }),
  request('app: 405 for GET', 'GET', '/api/app/post-only'),
  request('app: 405 for HEAD', 'HEAD', '/api/app/post-only'),
  request('app: unknown method', 'PROPFIND', '/api/app/get-only'),
  request('app: explicit HEAD', 'HEAD', '/api/app/explicit'),
  request('app: explicit OPTIONS', 'OPTIONS', '/api/app/explicit'),
  get('app: parameter', '/api/app/params/42?x=1'),
  get('app: parameter, percent-encoded', '/api/app/params/a%20b%2Fc'),
  get('app: parameter, UTF-8', '/api/app/params/gr%C3%BC%C3%9Fe'),
  get('app: parameter, bad percent', '/api/app/params/%zz', { difference: errorPage }),
  get('app: static beats dynamic', '/api/app/params/static'),
  get('app: catch-all', '/api/app/catch/a/b%20c/d%2Fe'),
  get('app: catch-all, none', '/api/app/catch', { difference: errorPage }),
  get('app: optional catch-all, none', '/api/app/optional'),
  get('app: optional catch-all, some', '/api/app/optional/x/y'),
  get('app: parameters of two folders', '/files/%C3%A4/b/c%20d'),
  get('app: trailing slash', '/api/app/methods/?a=1'),
  get('app: cookies', '/api/app/cookies', { headers: { Cookie: 'session=abc%20def; other=1; session=last; bad=%zz' } }),
  get('app: no cookies', '/api/app/cookies'),
  request('app: cookies set', 'POST', '/api/app/cookies', { headers: { Cookie: 'old=1' } }),
  get('app: headers', '/api/app/headers', { headers: { 'X-Test-One': 'One', 'X-Test-Many': ['a', 'b'] } }),
  ...['redirect', 'absolute', 'permanent', 'missing', 'stay'].map((how) =>
    get(`app: navigation, ${how}`, `/api/app/navigate?how=${how}`)),
  request('app: redirect in a POST', 'POST', '/api/app/navigate?how=redirect'),
  get('app: redirect with a cookie', '/api/app/navigate?how=redirect&cookie=1'),
  get('app: notFound with a cookie', '/api/app/navigate?how=missing&cookie=1'),
  ...['json', 'redirect', 'redirect-status', 'redirect-init', 'plain-redirect', 'cookies', 'new', 'null', 'null-200',
    'empty', 'text', 'bytes', 'blob', 'form', 'status-text', 'length', 'etag', '304', 'multi'].map((how) =>
    get(`app: response, ${how}`, `/api/app/response?how=${how}`)),
  request('app: HEAD of a response with length', 'HEAD', '/api/app/response?how=length'),
  ...['error', 'next', 'rewrite', 'nothing', 'object', 'throw', 'throw-response'].map((how) =>
    get(`app failure: ${how}`, `/api/app/response?how=${how}`)),
  get('app: own etag that matches', '/api/app/response?how=etag', { headers: { 'If-None-Match': '"mine"' } }),
  get('app: streamed answer', '/api/app/stream'),
  get('app: server-sent events', '/api/app/sse'),
  request('app: HEAD of a stream', 'HEAD', '/api/app/stream'),
  post('app: after, first', '/api/app/after', 'word', 'text/plain'),
  get('app: the request', '/api/app/request?a=1&a=2&b=x+y%20z&%C3%BC=%C3%9F&c', {
    headers: {
      Cookie: 'a=1; b=%C3%BC',
      'X-Test-One': 'One',
      'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
    },
  }),
  get('app: its url', '/api/app/url?a=1&b=two'),
  get('app: draft mode', '/api/app/draft'),
  get('app: edge', '/api/app/edge?x=1'),
  get('app: connection()', '/api/app/wait'),
  get('app: static', '/api/app/static', {
    difference: { id: 'static-get', headers: ['cache-control', 'x-nextjs-cache'] },
  }),
  get('app: no such route', '/nothing', { difference: errorPage }),
]

const appBodies: DifferentialRequest[] = [
  post('app body: json', '/api/app/body?how=json', '{"a":[1,"ü"]}', json),
  post('app body: invalid json', '/api/app/body?how=json', '{"a":', json),
  post('app body: invalid json, caught', '/api/app/body?how=json-caught', '{"a":', json),
  post('app body: text', '/api/app/body?how=text', 'grüße', 'text/plain'),
  post('app body: bytes', '/api/app/body?how=bytes', Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7) & 255), 'application/octet-stream'),
  post('app body: bytes, chunked', '/api/app/body?how=bytes', Buffer.alloc(70_000, 'ab'), 'application/octet-stream', { chunked: true }),
  post('app body: three megabytes', '/api/app/body?how=bytes', Buffer.alloc(3_000_000, 'abcdefg'), 'application/octet-stream'),
  post('app body: blob', '/api/app/body?how=blob', 'blob', 'text/x-thing'),
  post('app body: multipart', '/api/app/body?how=form', multipartBody, multipart),
  post('app body: urlencoded form', '/api/app/body?how=form', 'a=1&b=x+y&a=2&c=%C3%BC', 'application/x-www-form-urlencoded'),
  post('app body: form of a wrong type', '/api/app/body?how=form', 'a=1', 'text/plain'),
  post('app body: stream', '/api/app/body?how=stream', Buffer.alloc(200_000, 'x'), 'text/plain'),
  post('app body: clone', '/api/app/body?how=clone', 'cloned', 'text/plain'),
  post('app body: read twice', '/api/app/body?how=twice', 'once', 'text/plain'),
  post('app body: echoed', '/api/app/body?how=echo', Buffer.alloc(100_000, 'echo'), 'application/octet-stream'),
  post('app body: not read', '/api/app/body', 'ignored', 'text/plain'),
  request('app body: none', 'POST', '/api/app/body'),
  post('app body: created', '/api/app/post-only', '{"x":1}', json),
]

const files: DifferentialRequest[] = [
  get('file: text', '/plain.txt'),
  get('file: html', '/page.html'),
  get('file: json', '/data.json'),
  get('file: css in a folder', '/nested/style.css'),
  get('file: script', '/script.js'),
  get('file: svg', '/icon.svg'),
  get('file: a space in its name', '/with%20space.txt'),
  get('file: unknown extension', '/unknown.xyzzy'),
  request('file: HEAD', 'HEAD', '/plain.txt'),
  get('file: range', '/plain.txt', { headers: { Range: 'bytes=2-5' } }),
  get('file: open range', '/plain.txt', { headers: { Range: 'bytes=6-' } }),
  get('file: suffix range', '/plain.txt', { headers: { Range: 'bytes=-4' } }),
  get('file: range that cannot be', '/plain.txt', { headers: { Range: 'bytes=500-' }, difference: errorPage }),
  get('file: If-Modified-Since', '/plain.txt', { headers: { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' } }),
  get('file: If-None-Match *', '/plain.txt', { headers: { 'If-None-Match': '*' } }),
  get('file: query', '/plain.txt?v=2'),
  request('file: POST', 'POST', '/plain.txt', { body: 'x', type: 'text/plain', difference: errorPage }),
  request('file: OPTIONS', 'OPTIONS', '/plain.txt', {
    difference: { id: 'file-options', status: 405, headers: ['cache-control', 'content-type', 'content-length'], body: true },
  }),
  get('file: trailing slash', '/plain.txt/'),
  get('file: folder', '/nested', { difference: errorPage }),
  get('file: above the folder', '/..%2fpackage.json', { difference: errorPage }),
]

/** Every request, in the order they are sent. */
export const requests: readonly DifferentialRequest[] = [
  ...pagesAnswers, ...pagesRequests, ...pagesBodies, ...pagesFailures, ...appRequests, ...appBodies, ...files,
  // Last, so that the callback given to after() long before has had its turn.
  get('app: after, it ran', '/api/app/after'),
]
