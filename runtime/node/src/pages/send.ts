import { stream } from '../base/builtins.ts'
import { generateEtag, isFresh } from './etag.ts'
import type { OutgoingResponse } from './outgoing_response.ts'
import type { ApiRequest } from './request.ts'

const jsonType = 'application/json; charset=utf-8'

/** Implements `res.send()` for null, a stream, bytes, text, or any JSON value. */
export function sendData(req: ApiRequest, res: OutgoingResponse, body: unknown): void {
  if (body === null || body === undefined) {
    res.end()
    return
  }
  if (res.statusCode === 204 || res.statusCode === 304) {
    sendNothing(req, res, body)
    return
  }
  if (body instanceof stream.Stream) {
    if (!res.getHeader('Content-Type'))
      res.setTrusted('content-type', 'Content-Type', 'application/octet-stream')
    body.pipe(res as unknown as NodeJS.WritableStream)
    return
  }
  const isJson = typeof body === 'object' || typeof body === 'number' || typeof body === 'boolean'
  // Bytes are hashed as their JSON form, which is Next.js's ETag for them and is in clients'
  // caches.
  const text = isJson ? JSON.stringify(body) : (body as string)
  const etag = generateEtag(text)
  res.setTrusted('etag', 'ETag', etag)
  if (typeof body === 'function' || typeof body === 'symbol')
    throw new TypeError(`res.send() cannot send a ${typeof body}`)
  if (req.isConditional && isFresh(req.headers, etag)) {
    res.statusCode = 304
    res.end()
    return
  }
  if (Buffer.isBuffer(body)) {
    if (!res.getHeader('Content-Type'))
      res.setTrusted('content-type', 'Content-Type', 'application/octet-stream')
    res.endWhole(body)
    return
  }
  if (isJson) res.setTrusted('content-type', 'Content-Type', jsonType)
  res.endWhole(text)
}

/** Implements `res.json()`. */
export function sendJson(
  res: OutgoingResponse & { send(body: unknown): void },
  body: unknown,
): void {
  res.setTrusted('content-type', 'Content-Type', jsonType)
  res.send(JSON.stringify(body))
}

/**
 * Implements `res.redirect()`; 307 without a status. @throws Error for arguments of other types.
 */
export function redirect(res: OutgoingResponse, statusOrUrl: unknown, url: unknown): void {
  const [status, location] =
    typeof statusOrUrl === 'string' ? [307, statusOrUrl] : [statusOrUrl, url]
  if (typeof status !== 'number' || typeof location !== 'string') {
    throw new Error(
      "Invalid redirect arguments. Please use a single argument URL, e.g. res.redirect('/destination') or use a status code and URL, e.g. res.redirect(307, '/destination').",
    )
  }
  res.writeHead(status, { Location: location })
  res.write(location)
  res.end()
}

function sendNothing(req: ApiRequest, res: OutgoingResponse, body: unknown): void {
  res.removeHeader('Content-Type')
  res.removeHeader('Content-Length')
  res.removeHeader('Transfer-Encoding')
  if (process.env['NODE_ENV'] === 'development' && body) {
    console.warn(
      `A body was attempted to be set with a 204 statusCode for ${req.url}, this is invalid and the body was ignored.\nSee more info here https://nextjs.org/docs/messages/invalid-api-status-body`,
    )
  }
  res.end()
}
