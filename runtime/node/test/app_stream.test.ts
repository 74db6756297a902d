import assert from 'node:assert/strict'
import { test } from 'node:test'

import { AbortReason, initialCredit } from '../../../protocol/generated/frames.ts'
import { RouteFixture } from './app_support.ts'

const fixture = new RouteFixture()

/** Where handlers record what tests read afterwards. */
const notes = fixture.handler(`return Response.json(globalThis.notes ?? [])`)
const note = `const note = (text) => (globalThis.notes ??= []).push(text)`

/** Polls the recorded notes until they contain `text`: a stream ends asynchronously. */
async function noted(text: string): Promise<void> {
  while (!((await notes.json()) as string[]).includes(text));
}

const events = fixture.handler(`
  const { readable, writable } = new TransformStream()
  const writer = writable.getWriter()
  globalThis.emit = (text) => writer.write(new TextEncoder().encode('data: ' + text + '\\n\\n'))
  globalThis.finish = () => writer.close()
  return new Response(readable, { headers: { 'Content-Type': 'text/event-stream' } })`)
const emit = fixture.handler(`
  const text = request.nextUrl.searchParams.get('text')
  text ? globalThis.emit(text) : globalThis.finish()
  return new Response()`)

test('server-sent events are sent one by one, the head before all of them', async () => {
  const exchange = await events.open()
  await exchange.until(() => exchange.headReceived)
  assert.equal(exchange.soFar().header('content-type'), 'text/event-stream')
  assert.equal(exchange.received, 0)
  let expected = ''
  for (const text of ['one', 'two', 'three']) {
    await emit.ask({ url: `/api/test?text=${text}` })
    expected += `data: ${text}\n\n`
    await exchange.until(() => exchange.received >= expected.length)
    assert.equal(exchange.soFar().text, expected)
    assert.equal(exchange.ended, false)
  }
  await emit.ask()
  assert.equal((await exchange.response()).text, expected)
})

const parts = fixture.handler(`
  const kind = request.nextUrl.searchParams.get('kind')
  return new Response(new ReadableStream({
    start(controller) {
      if (kind === 'fail') return controller.error(new Error('failed at once'))
      controller.enqueue(kind === 'text' ? 'text' : kind === 'number' ? 12 : new TextEncoder().encode('a'))
      if (kind !== 'late') controller.close()
    },
    async pull(controller) {
      if (kind === 'late' && request.headers.get('x')) controller.error(new Error('failed later'))
    },
  }))`)
test('streams that end, and chunks of other types', async () => {
  assert.equal((await parts.ask()).text, 'a')
  assert.equal((await parts.ask({ url: '/?kind=text' })).text, 'text')
  assert.equal((await parts.ask({ url: '/?kind=number' })).status, 500)
})
test('a stream that fails becomes 500 before anything was sent, and is aborted afterwards', async () => {
  assert.equal((await parts.ask({ url: '/?kind=fail' })).status, 500)
  const exchange = await parts.open({
    url: '/?kind=late',
    headers: [
      ['Host', 'a'],
      ['X', '1'],
    ],
  })
  await exchange.until(() => exchange.abortReason !== undefined)
  assert.equal(exchange.abortReason, 4)
  const log = await fixture.server()
  await log.logged('failed at once')
  await log.logged('failed later')
})
test('the body of a HEAD request is not read', async () => {
  const response = await parts.ask({ method: 'HEAD' })
  assert.deepEqual([response.status, response.body.length], [200, 0])
})

const endless = fixture.handler(`
  ${note}
  globalThis.made = 0
  return new Response(new ReadableStream({
    pull(controller) {
      globalThis.made += 16384
      controller.enqueue(new Uint8Array(16384))
    },
    cancel() { note('cancelled') },
  }))`)
const made = fixture.handler(`return Response.json(globalThis.made)`)
test('a slow client pauses the stream, and a client that disconnects cancels it', async () => {
  const exchange = await endless.open()
  exchange.autoCredit = false
  await exchange.until(() => exchange.received === initialCredit)
  const before = (await made.json()) as number
  assert.ok(
    before <= initialCredit + 8 * 16384,
    `${before} bytes made for ${initialCredit} bytes of credit`,
  )
  exchange.grant(100_000)
  await exchange.until(() => exchange.received === initialCredit + 100_000)
  const after = (await made.json()) as number
  assert.ok(after <= initialCredit + 100_000 + 8 * 16384, `${after} bytes made`)
  exchange.abort()
  await noted('cancelled')
})

const aborted = fixture.handler(`
  ${note}
  const { signal } = request
  note('waiting')
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
  note('aborted: ' + signal.reason.name + ' ' + request.signal.aborted)
  return new Response('too late')`)
test('request.signal aborts when the client disconnects', async () => {
  const exchange = await aborted.open()
  await noted('waiting')
  exchange.abort()
  await noted('aborted: ResponseAborted true')
})

test('request.signal aborts as with AbortSignal.timeout() when the deadline passes', async () => {
  const exchange = await aborted.open()
  await noted('waiting')
  exchange.abort(AbortReason.deadline)
  await noted('aborted: TimeoutError true')
})

const timedOut = fixture.handler(`
  ${note}
  note('working')
  await new Promise((resolve) => (globalThis.goOn = resolve))
  request.signal.throwIfAborted()`)
const goOn = fixture.handler(`globalThis.goOn(); return new Response()`)
test('a signal that is first read late knows of the timeout, and failing with it is not logged', async () => {
  const exchange = await timedOut.open()
  await noted('working')
  const server = await fixture.server()
  const before = server.logs.length
  exchange.abort(AbortReason.deadline)
  await goOn.ask()
  await server.ping()
  assert.deepEqual(server.logs.slice(before), [])
})

const reasons = fixture.handler(`
  ${note}
  note('listening')
  await new Promise((resolve) => request.signal.addEventListener('abort', resolve))
  const { reason } = request.signal
  note((reason instanceof DOMException) + ' ' + reason.message)
  return new Response()`)
test('the reason of a timeout is the DOMException of AbortSignal.timeout()', async () => {
  const exchange = await reasons.open()
  await noted('listening')
  exchange.abort(AbortReason.deadline)
  await noted('true The operation was aborted due to timeout')
})

const overdue = fixture.handler(`
  ${note}
  note('started')
  await new Promise((resolve) => request.signal.addEventListener('abort', resolve))
  return new Response(new ReadableStream({ cancel(reason) { note('overdue cancelled: ' + reason.name) } }))`)
test('a stream that is returned too late is cancelled', async () => {
  const exchange = await overdue.open()
  await noted('started')
  exchange.abort()
  await noted('overdue cancelled: ResponseAborted')
})

const upload = fixture.handler(`
  ${note}
  let size = 0
  note('reading')
  try {
    for await (const chunk of request.body) size += chunk.length
  } catch (error) {
    note('upload broke: ' + error.message)
    throw error
  }
  return Response.json(size)`)
test('an upload is read as it arrives', async () => {
  const exchange = await upload.open({ streamed: true })
  await noted('reading')
  exchange.send('abc')
  exchange.send('def', true)
  assert.equal((await exchange.response()).text, '6')
  const large = await upload.ask({ body: Buffer.alloc(3 * initialCredit, 97) })
  assert.equal(large.text, String(3 * initialCredit))
})
test('an upload that is cut off throws in the handler', async () => {
  const exchange = await upload.open({ streamed: true })
  exchange.send('abc')
  await noted('reading')
  exchange.abort()
  await noted('upload broke: aborted')
})

const slow = fixture.handler(`
  const reader = request.body.getReader()
  await reader.read()
  await new Promise((resolve) => (globalThis.release = resolve))
  let rest = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Response.json(rest)
    rest += value.length
  }`)
const release = fixture.handler(`globalThis.release(); return new Response()`)
test('a slow reader pauses an upload', async () => {
  const exchange = await slow.open({ streamed: true })
  const chunk = Buffer.alloc(65536, 97)
  for (let sent = 0; sent < initialCredit; sent += chunk.length) exchange.send(chunk)
  const server = await fixture.server()
  await server.ping()
  // Credit is granted only for what was read, and that was a quarter of the window.
  assert.ok(exchange.sendCredit - initialCredit <= chunk.length)
  await release.ask()
  await exchange.until(() => exchange.sendCredit - initialCredit >= initialCredit / 2)
  exchange.send(chunk, true)
  assert.equal((await exchange.response()).text, String(initialCredit))
})

const echo = fixture.handler(
  `return new Response(request.body, { headers: { 'content-type': 'x/y' } })`,
)
test('a body is received and sent at the same time', async () => {
  const exchange = await echo.open({ streamed: true })
  exchange.send('abc')
  await exchange.until(() => exchange.received === 3)
  exchange.send('def', true)
  assert.equal((await exchange.response()).text, 'abcdef')
})

const transformed = fixture.handler(
  `return new Response(request.body.pipeThrough(new CompressionStream('gzip')), { headers: { 'content-type': 'x/gzip' } })`,
)
test('a body is piped through a transformation', async () => {
  const { gunzipSync } = await import('node:zlib')
  const response = await transformed.ask({ body: 'x'.repeat(1_000_000) })
  assert.equal(gunzipSync(response.body).toString(), 'x'.repeat(1_000_000))
})
