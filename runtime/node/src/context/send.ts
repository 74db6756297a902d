import { fieldsInUtf8 } from '../base/fields.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { Headers, writeFields } from '../web/headers.ts'
import { settle } from '../invocation/settle.ts'
import { takeResponse, type Response, type ResponseParts } from '../web/response.ts'
import { abortError } from './context.ts'

/**
 * Not handed on (of `connection`, the server heeds `close`): framing belongs to the server, and a
 * body that fetch() has unpacked is no longer encoded as its headers say. As in Next.js.
 */
const dropped = new Set([
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'keep-alive',
  'upgrade',
  'trailer',
  'proxy-connection',
  'x-middleware-set-cookie',
])

/** Of a middleware's response, this goes to the server. */
export const middlewareFields: ReadonlySet<string> = new Set(
  [...dropped].filter((name) => name !== 'x-middleware-set-cookie'),
)

/**
 * Answers with a response as a handler returned it.
 * @param headers in place of the response's own; null for those.
 * @param withheld names of fields that are not sent.
 * @param more field lines besides, `Name: value\r\n` each.
 */
export function sendResponse(
  invocation: Invocation,
  response: Response | globalThis.Response,
  headers: Headers | null,
  failed: (error: unknown) => void,
  withheld: ReadonlySet<string> = dropped,
  more = '',
): void {
  const parts = takeResponse(response)
  const fields = more + fieldsOf(parts, headers, withheld)
  const { body } = parts
  const whole = body === null || typeof body === 'string' || body instanceof Uint8Array
  if (invocation.method === 'HEAD') {
    if (!whole) body.cancel().catch(() => undefined)
    invocation.respond(parts.status, parts.statusText, fields, null, true)
  } else if (whole) {
    invocation.respond(
      parts.status,
      parts.statusText,
      typeof body === 'string' || body === null ? fields : fieldsInUtf8(fields),
      body,
      true,
    )
  } else {
    sendStream(invocation, parts.status, parts.statusText, fieldsInUtf8(fields), body, failed)
  }
}

/** Lets go of a response that nobody waits for any more: who makes its stream hears of it. */
export function discardResponse(
  invocation: Invocation,
  response: Response | globalThis.Response,
): void {
  if (response.bodyUsed || response.type === 'error') return
  const { body } = takeResponse(response)
  if (typeof body === 'object' && body !== null && !(body instanceof Uint8Array)) {
    body.cancel(abortError(invocation)).catch(() => undefined)
  }
}

function fieldsOf(
  parts: ResponseParts,
  merged: Headers | null,
  withheld: ReadonlySet<string>,
): string {
  const given = merged ?? parts.headers
  if (given === null) return parts.type === null ? '' : `content-type: ${parts.type}\r\n`
  return writeFields(isOurs(given) ? given : new Headers([...given]), withheld)
}

function isOurs(headers: Headers | globalThis.Headers): headers is Headers {
  return Object.prototype.isPrototypeOf.call(Headers.prototype, headers)
}

/** Sends a stream chunk by chunk, as fast as the client takes it. */
function sendStream(
  invocation: Invocation,
  status: number,
  statusText: string,
  fields: string,
  body: ReadableStream<Uint8Array>,
  failed: (error: unknown) => void,
): void {
  const reader = body.getReader()
  invocation.onAbort(() => reader.cancel(abortError(invocation)).catch(() => undefined))
  // A head alone, where the first chunk takes its time: who listens for events wants to know at
  // once.
  const late = setImmediate(() => {
    if (invocation.responded || invocation.aborted) return
    try {
      invocation.respond(status, statusText, fields, null, false)
    } catch (error) {
      fail(error)
    }
  })

  function fail(error: unknown): void {
    clearImmediate(late)
    if (invocation.aborted) return
    reader.cancel(error).catch(() => undefined)
    failed(error)
  }

  function next(): void {
    settle(invocation, reader.read(), take, fail)
  }

  function take({ done, value }: ReadableStreamReadResult<unknown>): void {
    if (invocation.aborted) return
    clearImmediate(late)
    try {
      if (done) {
        if (!invocation.responded) invocation.respond(status, statusText, fields, null, true)
        else invocation.end()
        return
      }
      const chunk =
        typeof value === 'string' || value instanceof Uint8Array ? value : notBytes(value)
      const more = invocation.responded
        ? invocation.write(chunk)
        : invocation.respond(status, statusText, fields, chunk, false)
      if (more) next()
      else invocation.onDrain(next)
    } catch (error) {
      fail(error)
    }
  }

  next()
}

function notBytes(value: unknown): never {
  throw new TypeError(
    `a response's body holds ${typeof value === 'object' ? 'an object' : `a ${typeof value}`} where bytes belong`,
  )
}
