import { fieldsInUtf8 } from '../base/fields.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { Headers, writeFields } from '../web/headers.ts'
import { settle } from '../invocation/settle.ts'
import { takeResponse, type Response, type ResponseParts } from '../web/response.ts'
import { abortError } from './context.ts'

/**
 * Fields that are not sent: the server does the framing (of `connection` it respects `close`), and
 * a body that fetch() has decoded no longer has the encoding that its headers name. As in Next.js.
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

/** Fields of a middleware response that are not sent to the server. */
export const middlewareFields: ReadonlySet<string> = new Set(
  [...dropped].filter((name) => name !== 'x-middleware-set-cookie'),
)

/**
 * Sends a response that a handler has returned.
 * @param headers replace the response's own headers, if not null.
 * @param withheld names of fields that are not sent.
 * @param more additional field lines, `Name: value\r\n` each.
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

/** Discards a response that is no longer needed, and cancels its stream. */
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

/** Sends a stream chunk by chunk, with backpressure from the client. */
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
  // If the first chunk takes time, the head is sent alone: clients of event streams need it at
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
    `the response body must consist of bytes or strings, found ${typeof value === 'object' ? 'an object' : `a ${typeof value}`}`,
  )
}
