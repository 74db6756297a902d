/** The part of node:http's responses that concerns their head: status and headers. */
import { codedError } from '../base/coded_error.ts'
import { earlyHintFields } from './early_hints.ts'
import { lowerName } from '../base/fields.ts'
import { checkHeader, checkReason, HeaderStore, type HeaderValue } from './header_store.ts'

type HeadersArgument =
  | Readonly<Record<string, HeaderValue>>
  | readonly (string | HeaderValue)[]
  | undefined

/** A response's headers and their state. */
export class ResponseHead extends HeaderStore {
  /** Whether the headers can no longer be changed. */
  closed = false
  /** A complete body whose length is not a header yet: it is computed when a header is read. */
  whole: string | Buffer | null = null

  /** Returns this object, after the length of a complete body has been added. */
  withLength(): this {
    if (this.whole !== null) {
      this.set('content-length', 'Content-Length', Buffer.byteLength(this.whole))
      this.whole = null
    }
    return this
  }
}

/** Returns the head of a response, for the class that sends it. */
export let headOf: (response: OutgoingHead) => ResponseHead

/** Status and headers of a response as in ServerResponse, with its errors. */
export class OutgoingHead {
  statusCode = 200
  statusMessage: string | undefined = undefined
  readonly #head = new ResponseHead()

  static {
    headOf = (response) => response.#head
  }

  /**
   * As in Next.js, setting a header after the head was sent has no effect, and equal cookie lines
   * are sent once.
   */
  setHeader(name: string, value: HeaderValue): this {
    if (this.headersSent) return this
    checkHeader(name, value)
    const lower = lowerName(name)
    this.#head.set(
      lower,
      name,
      lower === 'set-cookie' && Array.isArray(value) ? [...new Set(value)] : value,
    )
    return this
  }

  setHeaders(headers: Headers | Map<string, HeaderValue>): this {
    this.#assertUnsent('set')
    for (const [name, value] of headers) {
      if (name === 'set-cookie') this.appendHeader(name, value)
      else this.setHeader(name, value)
    }
    return this
  }

  appendHeader(name: string, value: HeaderValue): this {
    this.#assertUnsent('append')
    checkHeader(name, value)
    this.#head.append(lowerName(name), name, value)
    return this
  }

  getHeader(name: string): HeaderValue | undefined {
    return this.#head.withLength().get(lowerName(name))
  }

  getHeaders(): Record<string, HeaderValue> {
    const object: Record<string, HeaderValue> = Object.create(null)
    this.#head.withLength().each((key, _name, value) => (object[key] = value))
    return object
  }

  getHeaderNames(): string[] {
    return Object.keys(this.getHeaders())
  }

  getRawHeaderNames(): string[] {
    const names: string[] = []
    this.#head.withLength().each((_key, name) => names.push(name))
    return names
  }

  hasHeader(name: string): boolean {
    return this.#head.withLength().has(lowerName(name))
  }

  removeHeader(name: string): void {
    this.#assertUnsent('remove')
    this.#head.remove(lowerName(name))
  }

  get headersSent(): boolean {
    return this.#head.closed
  }

  writeHead(status: number, reason?: string | HeadersArgument, headers?: HeadersArgument): this {
    if (this.#head.closed) {
      throw codedError(
        Error,
        'ERR_HTTP_HEADERS_SENT',
        'Cannot write headers after they are sent to the client',
      )
    }
    const original = status
    status |= 0
    if (status < 100 || status > 999) {
      throw codedError(
        RangeError,
        'ERR_HTTP_INVALID_STATUS_CODE',
        `Invalid status code: ${original}`,
      )
    }
    if (typeof reason === 'string') this.statusMessage = reason
    else headers ??= reason
    this.statusCode = status
    if (headers !== undefined && headers !== null) this.#mergeHeaders(headers)
    if (this.statusMessage !== undefined) checkReason(this.statusMessage)
    this.#head.closed = true
    return this
  }

  /** The server sends 100 (Continue) itself, and never 102; here only the callback is called. */
  writeContinue(callback?: () => void): void {
    if (typeof callback === 'function') process.nextTick(callback)
  }

  writeProcessing(callback?: () => void): void {
    this.writeContinue(callback)
  }

  writeEarlyHints(hints: unknown, callback?: () => void): void {
    const fields = earlyHintFields(hints, this.headersSent)
    if (fields === null) return
    this.sendEarlyHints(fields)
    this.writeContinue(callback)
  }

  /** Sends the fields of a 103 response. */
  protected sendEarlyHints(_fields: string): void {}

  addTrailers(_trailers: unknown): void {}

  /** @internal Sets a header whose name and value are known to be valid. */
  setTrusted(key: string, name: string, value: string | number): void {
    this.#assertUnsent('set')
    this.#head.set(key, name, value)
  }

  #mergeHeaders(headers: NonNullable<HeadersArgument>): void {
    if (!Array.isArray(headers)) {
      for (const [name, value] of Object.entries(headers)) if (name) this.setHeader(name, value)
      return
    }
    const pairs = Array.isArray(headers[0]) ? headers.flat() : headers
    if (pairs.length % 2 !== 0) {
      throw codedError(TypeError, 'ERR_INVALID_ARG_VALUE', "The argument 'headers' is invalid")
    }
    const names = new Set<string>()
    for (let i = 0; i < pairs.length; i += 2) {
      const name = String(pairs[i])
      if (names.has(name.toLowerCase())) this.appendHeader(name, pairs[i + 1])
      else this.setHeader(name, pairs[i + 1])
      names.add(name.toLowerCase())
    }
  }

  #assertUnsent(action: string): void {
    if (this.#head.closed) {
      throw codedError(
        Error,
        'ERR_HTTP_HEADERS_SENT',
        `Cannot ${action} headers after they are sent to the client`,
      )
    }
  }
}
