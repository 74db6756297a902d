/**
 * The head of the HTTP response that code writes to the socket of an upgrade by itself, as the
 * package `ws` does: `HTTP/1.1 101 Switching Protocols` with its fields, or a rejection.
 */

/** The most bytes of a head. */
export const maxHead = 64 * 1024

export interface RawHead {
  readonly status: number
  readonly reason: string
  /** `Name: value\r\n` for each field line, Latin-1. */
  readonly fields: string
  /** Bytes of the body that it declares; null if the body lasts until the end. */
  readonly contentLength: number | null
}

const statusLine = /^HTTP\/1\.[01] (\d{3})(?: ([\t\x20-\x7e\x80-\xff]*))?$/
const fieldLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/
/** Fields of one connection, which the server sets. */
const ofConnection = new Set(['connection', 'keep-alive', 'proxy-connection', 'trailer'])

/**
 * Parses a complete head, without the empty line at its end.
 * @throws Error if it is not the head of an HTTP/1.1 response whose body is understood.
 */
export function parseRawHead(text: string): RawHead {
  const [first, ...lines] = text.split('\r\n')
  const match = statusLine.exec(first!)
  if (match === null) throw new Error('the first bytes written to it are not an HTTP response')
  const status = Number(match[1])
  if (status < 200 && status !== 101)
    throw new Error(`an upgrade cannot be responded to with ${status}`)
  let fields = ''
  let contentLength: number | null = null
  for (const line of lines) {
    const field = fieldLine.exec(line)
    if (field === null) throw new Error('the response written to it has an invalid field line')
    const name = field[1]!.toLowerCase()
    if (ofConnection.has(name)) continue
    if (name === 'transfer-encoding')
      throw new Error('a response written to it must not have Transfer-Encoding')
    if (name === 'content-length') contentLength = lengthOf(field[2]!, contentLength)
    fields += `${field[1]}: ${field[2]!.trimEnd()}\r\n`
  }
  return { status, reason: match[2] ?? '', fields, contentLength }
}

function lengthOf(value: string, before: number | null): number {
  const length = /^\d{1,15}[\t ]*$/.test(value) ? Number(value) : Number.NaN
  if (Number.isNaN(length) || (before !== null && before !== length))
    throw new Error('the response written to it has an invalid Content-Length')
  return length
}
