/**
 * Compares the behavior of node:http's responses, one case a line: each handler runs under
 * node:http itself and in a worker, and both clients must get the same. `note()` adds a value to
 * the response body, or to a trailer of the log.
 */
import assert from 'node:assert/strict'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'

import { TestProject, TestServer } from './support.ts'

/**
 * Handler bodies, with `req`, `res`, `http` and `end(value)`, which responds with the JSON of a
 * value.
 */
const facts: Readonly<Record<string, string>> = {
  'the classes are those of node:http': `
    end([req instanceof http.IncomingMessage, res instanceof http.ServerResponse, res instanceof http.OutgoingMessage])`,
  'setHeader of the prototype': `http.OutgoingMessage.prototype.setHeader.call(res, 'X-One', 'a'); end(res.getHeader('x-one'))`,
  'setHeader of the prototype, a list': `http.OutgoingMessage.prototype.setHeader.call(res, 'Set-Cookie', ['a=1', 'b=2']); end(res.getHeader('set-cookie'))`,
  'getHeader of the prototype': `res.setHeader('X-One', 1); end([http.OutgoingMessage.prototype.getHeader.call(res, 'x-one'), typeof http.OutgoingMessage.prototype.getHeader.call(res, 'none')])`,
  'getHeaders of the prototype': `res.setHeader('X-B', 1); res.setHeader('x-a', ['2', '3']); end(http.OutgoingMessage.prototype.getHeaders.call(res))`,
  'getHeaderNames of the prototype': `res.setHeader('X-B', 1); res.setHeader('x-a', 2); end(http.OutgoingMessage.prototype.getHeaderNames.call(res))`,
  'getRawHeaderNames of the prototype': `res.setHeader('X-B', 1); res.setHeader('x-a', 2); end(http.OutgoingMessage.prototype.getRawHeaderNames.call(res))`,
  'hasHeader and removeHeader of the prototype': `res.setHeader('X-B', 1); const had = http.OutgoingMessage.prototype.hasHeader.call(res, 'x-b')
    http.OutgoingMessage.prototype.removeHeader.call(res, 'X-b'); end([had, res.hasHeader('x-b')])`,
  'appendHeader of the prototype': `http.OutgoingMessage.prototype.appendHeader.call(res, 'X-L', 'a'); http.OutgoingMessage.prototype.appendHeader.call(res, 'X-L', ['b', 'c']); end(res.getHeader('x-l'))`,
  'appendHeader of the prototype after setHeader': `res.setHeader('X-L', 'a'); http.OutgoingMessage.prototype.appendHeader.call(res, 'x-l', 'b'); end(res.getHeader('x-l'))`,
  'setHeaders of the prototype': `http.OutgoingMessage.prototype.setHeaders.call(res, new Map([['x-m', '1'], ['x-n', '2']])); end(res.getHeaders())`,
  'a name that is no token': `try { http.OutgoingMessage.prototype.setHeader.call(res, 'a b', '1') } catch (error) { end(error.code) }`,
  'a value that cannot be sent': `try { http.OutgoingMessage.prototype.setHeader.call(res, 'a', 'x\\ny') } catch (error) { end(error.code) }`,
  'no value': `try { http.OutgoingMessage.prototype.setHeader.call(res, 'a') } catch (error) { end(error.code) }`,
  'end of the prototype': `http.ServerResponse.prototype.end.call(res, 'whole')`,
  'end of the prototype, bytes': `http.ServerResponse.prototype.end.call(res, Buffer.from([0x61, 0xc3, 0xa9]))`,
  'end of the prototype, another encoding': `http.ServerResponse.prototype.end.call(res, 'c3a9', 'hex')`,
  'end of the prototype, nothing': `res.statusCode = 404; http.ServerResponse.prototype.end.call(res)`,
  'end of the prototype emits finish': `res.once('finish', () => log('finish')); http.ServerResponse.prototype.end.call(res, 'x', () => log('callback'))`,
  'end of the prototype, and again': `res.on('error', (error) => log(error.code)); http.ServerResponse.prototype.end.call(res, 'x'); res.end('y'); log(res.finished, res.writableEnded)`,
  'write and end of the prototype': `http.ServerResponse.prototype.write.call(res, 'one,'); http.ServerResponse.prototype.write.call(res, Buffer.from('two,')); http.ServerResponse.prototype.end.call(res, 'three')`,
  'write of the prototype, then ours': `http.ServerResponse.prototype.write.call(res, 'one,'); res.write('two,'); res.end('three')`,
  "write of ours, then the prototype's end": `res.write('one,'); http.ServerResponse.prototype.end.call(res, 'two')`,
  'write of the prototype calls back': `http.ServerResponse.prototype.write.call(res, 'one', () => { log('written'); res.end() })`,
  'writeHead of the prototype': `http.ServerResponse.prototype.writeHead.call(res, 201, { 'X-Head': 'a' }); res.end('made')`,
  'writeHead of the prototype with a reason': `http.ServerResponse.prototype.writeHead.call(res, 201, 'Really Made', { 'X-Head': 'a' }); res.end('made')`,
  'writeHead of the prototype over setHeader': `res.setHeader('x-head', 'first'); res.setHeader('x-kept', 'b'); http.ServerResponse.prototype.writeHead.call(res, 200, { 'X-Head': 'a' }); res.end()`,
  'writeHead twice': `http.ServerResponse.prototype.writeHead.call(res, 200); try { http.ServerResponse.prototype.writeHead.call(res, 200) } catch (error) { log(error.code) } res.end()`,
  'writeHead of a status that is none': `try { http.ServerResponse.prototype.writeHead.call(res, 99) } catch (error) { end(error.code) }`,
  'flushHeaders of the prototype': `res.setHeader('x-early', '1'); http.OutgoingMessage.prototype.flushHeaders.call(res); log(res.headersSent); res.end('late')`,
  'the inner members that packages know': `log(res._header, res._headerSent); res._implicitHeader(); log(typeof res._header, res.headersSent, res._header.startsWith('HTTP/1.1 200 ')); res.end()`,
  '_implicitHeader calls a writeHead that was replaced': `const { writeHead } = res; res.writeHead = function (...all) { res.setHeader('x-wrapped', '1'); return writeHead.apply(this, all) }; res._implicitHeader(); res.end('ok')`,
  'write calls a writeHead that was replaced': `const { writeHead } = res; res.writeHead = function (...all) { res.setHeader('x-wrapped', '1'); return writeHead.apply(this, all) }; http.ServerResponse.prototype.write.call(res, 'ok'); res.end()`,
  'its members before anything': `end([res.finished, res.headersSent, res.writableEnded, res.writableFinished, res.writable, res.sendDate, res.statusCode, res.writableLength, res.writableCorked, res.writableObjectMode, res.strictContentLength, res.destroyed, res.errored, res.closed])`,
  'its members can be given other values': `'use strict'; res.shouldKeepAlive = true; res.sendDate = true; res.writable = true; res.useChunkedEncodingByDefault = true; res.chunkedEncoding = false; req.aborted = req.aborted; req.trailers = {}; end('set')`,
  'no body for 204': `res.writeHead(204); res.write('x'); res.end('y')`,
  'no body for 304': `res.statusCode = 304; http.ServerResponse.prototype.end.call(res, 'y')`,
  'headers of the request by the prototype': `const get = Object.getOwnPropertyDescriptor(http.IncomingMessage.prototype, 'headers').get; const { 'x-sent': sent, host } = get.call(req); end([sent, typeof host])`,
  'headersDistinct of the request by the prototype': `const get = Object.getOwnPropertyDescriptor(http.IncomingMessage.prototype, 'headersDistinct').get; end(get.call(req)['x-sent'])`,
  "the request's members": `end([req.httpVersion, req.httpVersionMajor, req.httpVersionMinor, req.method, req.aborted, req.rawTrailers, req.trailers, typeof req.socket.remoteAddress, req.connection === req.socket, req.rawHeaders.length > 2])`,
  'the prototypes replaced, as Express does': `
    Object.setPrototypeOf(req, Object.create(http.IncomingMessage.prototype)); Object.setPrototypeOf(res, Object.create(http.ServerResponse.prototype))
    res.setHeader('x-express', '1'); res.write(JSON.stringify([req.method, req.headers['x-sent']])); res.end()`,
  'a stream piped into it': `const { Readable } = process.getBuiltinModule('node:stream'); Readable.from(['a', 'b', 'c']).pipe(res)`,
  'a pipeline into it': `const { Readable, pipeline } = process.getBuiltinModule('node:stream'); pipeline(Readable.from(['a', 'b']), res, (error) => log(error ?? 'done'))`,
  'finished() of it': `const { finished } = process.getBuiltinModule('node:stream'); finished(res, (error) => log(error ?? 'finished')); res.end('x')`,
  'cork and uncork': `res.cork(); res.write('a'); res.write('b'); res.uncork(); res.end()`,
  'the server is an http.Server': `const { server } = res.socket; end([server instanceof http.Server, server.listening, server === req.socket.server, typeof server.address().port, server.listeners('request').length, server.listenerCount('upgrade'), typeof server.listen, typeof server.close])`,
  'the server keeps what is put on it': `res.socket.server.kept ??= 0; res.socket.server.kept += 1; end(typeof res.socket.server.kept)`,
  'interim responses': `res.writeContinue(); res.writeProcessing(() => log('processed')); res.writeEarlyHints({ link: '</a.css>; rel=preload' }); res.end('after')`,
  'setTimeout gives the response': `end([res.setTimeout(0) === res, req.setTimeout(0) === req])`,
  'an unknown event': `end([res.listenerCount('none'), res.emit('none'), typeof res.eventNames()])`,
  'the signal of the request': `end([req.signal instanceof AbortSignal, req.signal.aborted])`,
}

interface Seen {
  readonly status: number
  readonly reason: string
  readonly fields: readonly string[]
  readonly body: string
  readonly log: readonly unknown[]
}

/** Fields that the server sets, or that Millrace sets as Next.js does. */
const passedOver = /^(?:date|connection|keep-alive|transfer-encoding|content-length):/i
/** Waits until the response has ended, so that the log is complete. */
const source = (fact: string): string => `
  const lines = []
  const log = (...values) => { lines.push(...values.map(String)) }
  const end = (value) => res.end(JSON.stringify(value) ?? 'undefined')
  res.on('close', () => setImmediate(() => report(lines)))
  ;${fact}`

async function underNode(): Promise<Seen[]> {
  let settle: (lines: unknown[]) => void = () => undefined
  let fact = ''
  const server = http.createServer((req, res) => {
    new Function('req', 'res', 'http', 'report', source(fact))(req, res, http, (lines: unknown[]) =>
      settle(lines),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => server.close())
  const { port } = server.address() as AddressInfo
  const seen: Seen[] = []
  for (fact of Object.values(facts)) {
    const log = new Promise<unknown[]>((resolve) => (settle = resolve))
    const response = await new Promise<Omit<Seen, 'log'>>((resolve, reject) => {
      const request = http.get(
        { host: '127.0.0.1', port, path: '/api/test', headers: { 'X-Sent': 'yes' }, agent: false },
        (response) => {
          let body = ''
          response.setEncoding('utf8').on('data', (text: string) => (body += text))
          response.on('end', () => {
            const raw = response.rawHeaders
            const fields = raw.flatMap((name, at) =>
              at % 2 === 0 ? [`${name}: ${raw[at + 1]}`] : [],
            )
            resolve({
              status: response.statusCode!,
              reason: response.statusMessage!,
              fields: tidy(fields),
              body,
            })
          })
        },
      )
      request.on('error', reject)
    })
    seen.push({ ...response, log: await log })
  }
  return seen
}

const tidy = (fields: readonly string[]): string[] =>
  fields.filter((line) => line !== '' && !passedOver.test(line)).sort()

/** For the server, an empty reason phrase means the standard one. */
const phrase = (status: number, reason: string): string =>
  reason === '' ? http.STATUS_CODES[status]! : reason

const routes = Object.values(facts).map((fact) => ({
  source: `import http from 'node:http'
    export const config = { api: { externalResolver: true } }
    export default (req, res) => { const report = (lines) => console.log('report ' + JSON.stringify(lines)); ${source(fact)} }`,
}))

const [expected, found] = await Promise.all([underNode(), underMillrace()])

async function underMillrace(): Promise<Seen[]> {
  using project = new TestProject()
  await using server = await TestServer.start(project, routes)
  const seen: Seen[] = []
  for (const route of routes.keys()) {
    const before = server.logs.length
    const response = await server.request({
      route,
      url: '/api/test',
      headers: [
        ['Host', 'localhost:3000'],
        ['X-Sent', 'yes'],
      ],
    })
    await server.until(() =>
      server.logs.slice(before).some(({ text }) => text.startsWith('report ')),
    )
    const log = JSON.parse(
      server.logs
        .slice(before)
        .find(({ text }) => text.startsWith('report '))!
        .text.slice(7),
    ) as unknown[]
    seen.push({
      status: response.status,
      reason: phrase(response.status, response.reason),
      fields: tidy(response.fields.split('\r\n')),
      body: response.text,
      log,
    })
  }
  return seen
}

for (const [at, name] of Object.keys(facts).entries()) {
  test(name, () => assert.deepEqual(found[at], expected[at]))
}
