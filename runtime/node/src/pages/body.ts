import { parse as parseForm } from 'node:querystring'

import { findField } from '../base/fields.ts'
import { BodyTooLarge, type Invocation } from '../invocation/invocation.ts'
import { TextDecoder } from '../web/platform.ts'
import { ApiError } from './api_error.ts'

interface ContentType {
  readonly type: string
  readonly charset: string
}

/**
 * Reads and parses a body for `req.body`, as Next.js does.
 * @param limit in bytes; `limitText` is the limit as the route declares it.
 * @param done receives the body, or an ApiError: 400 for a body that does not match its type, 413
 * for one over the limit.
 */
export function readBody(
  invocation: Invocation,
  limit: number,
  limitText: string | number,
  done: (error: unknown, body: unknown) => void,
): void {
  const { type, charset } = parseContentType(findField(invocation.rawFields, 'content-type'))
  let decoder: TextDecoder | null = null
  if (charset !== 'utf-8') {
    try {
      decoder = new TextDecoder(charset)
    } catch {
      done(new ApiError(400, 'Invalid body'), undefined)
      return
    }
  }
  invocation.readWhole(limit, {
    whole(bytes, start, end) {
      let body: unknown
      try {
        const text =
          decoder === null
            ? decodeUtf8(bytes, start, end)
            : decoder.decode(bytes.subarray(start, end))
        body = parseText(type, text)
      } catch (error) {
        done(error, undefined)
        return
      }
      done(null, body)
    },
    failed(error) {
      const tooLarge = error instanceof BodyTooLarge
      done(
        tooLarge
          ? new ApiError(413, `Body exceeded ${limitText} limit`)
          : new ApiError(400, 'Invalid body'),
        undefined,
      )
    },
  })
}

/** Returns `req.body` of a request without a body. */
export function emptyBody(contentType: string | undefined): unknown {
  return contentType === undefined ? '' : parseText(parseContentType(contentType).type, '')
}

function parseText(type: string, text: string): unknown {
  if (type === 'application/json' || type === 'application/ld+json') {
    // Clients often send an empty JSON body; Next.js takes it for an empty object.
    if (text.length === 0) return {}
    try {
      return JSON.parse(text)
    } catch {
      throw new ApiError(400, 'Invalid JSON')
    }
  }
  return type === 'application/x-www-form-urlencoded' ? parseForm(text) : text
}

function decodeUtf8(bytes: Buffer, start: number, end: number): string {
  const text = bytes.utf8Slice(start, end)
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

const mediaType = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const parameter =
  /;[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*/gy

const plainText: ContentType = { type: 'text/plain', charset: 'utf-8' }

/** Parses a Content-Type as in RFC 9110, section 8.3; a malformed one counts as text/plain. */
function parseContentType(value: string | undefined): ContentType {
  if (value === undefined || value === '') return plainText
  if (value === 'application/json') return { type: value, charset: 'utf-8' }
  const semicolon = value.indexOf(';')
  const type = (semicolon < 0 ? value : value.slice(0, semicolon)).trim().toLowerCase()
  if (!mediaType.test(type)) return plainText
  let charset = 'utf-8'
  if (semicolon >= 0) {
    let at = (parameter.lastIndex = semicolon)
    let match: RegExpExecArray | null
    for (; (match = parameter.exec(value)) !== null; at = parameter.lastIndex) {
      if (match[1]!.toLowerCase() !== 'charset') continue
      const text = match[2]!
      charset = (
        text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text
      ).toLowerCase()
    }
    if (at !== value.length) return plainText
  }
  return { type, charset: charset === 'utf8' ? 'utf-8' : charset }
}
