import { parse as parseCookies } from 'cookie'
import type { Readable as ReadableStream } from 'node:stream'

import { stream } from '../base/builtins.ts'
import { codedError } from '../base/coded_error.ts'
import {
  addForwardedFields,
  distinctFields,
  joinFields,
  rawFieldList,
  type IncomingFields,
} from '../base/fields.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { emptyBody } from './body.ts'
import { type CookieTarget, readPreviewData } from './preview.ts'
import {
  normalizeUrl,
  queryOf,
  type Query,
  rewrittenQueryOf,
  withoutBasePath,
  withoutLocale,
} from '../invocation/query.ts'
import { AbortController } from '../web/platform.ts'
import { ClientSocket } from './socket.ts'

const conditional = /if-none-match:/i

export interface ApiRequest extends ReadableStream {}

/**
 * `req` of a Pages API handler: Node.js's IncomingMessage with Next.js's additions. It is a
 * Readable, but is initialized as one only when a handler uses a stream member, which most do not.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the prototype has the stream's methods.
export class ApiRequest {
  method: string
  statusCode: number | null = null
  statusMessage: string | null = null
  readonly #invocation: Invocation
  #response: CookieTarget | null = null
  #url: string | undefined
  #headers: IncomingFields | undefined
  #rawHeaders: string[] | undefined
  #query: Query | undefined
  #cookies: Partial<Record<string, string>> | undefined
  #socket: ClientSocket | null | undefined
  #signal: AbortSignal | null = null
  #body: unknown = undefined
  #bodyKnown = false
  /** The body was read for `req.body`: the stream is empty. */
  #parsed = false
  #previewData: unknown = undefined
  #unconsumed = 0

  constructor(invocation: Invocation) {
    this.#invocation = invocation
    this.method = invocation.method
  }

  // --- Members of node:http's requests ---

  /** Path and query without basePath and locale; the query is normalized as in Next.js. */
  get url(): string {
    const { target, url } = this.#invocation
    if (this.#url !== undefined) return this.#url
    const { basePath, i18n } = target.generation.manifest.config
    return (this.#url = normalizeUrl(
      withoutLocale(withoutBasePath(url, basePath), i18n?.locales),
      target.route.parameters,
    ))
  }

  set url(url: string) {
    this.#url = url
  }

  get headers(): IncomingFields {
    if (this.#headers === undefined) {
      this.#headers = joinFields(this.#invocation.rawFields)
      addForwardedFields(this.#headers, this.#invocation)
    }
    return this.#headers
  }

  set headers(fields: IncomingFields) {
    this.#headers = fields
  }

  get rawHeaders(): string[] {
    return (this.#rawHeaders ??= rawFieldList(this.#invocation.rawFields))
  }

  set rawHeaders(list: string[]) {
    this.#rawHeaders = list
  }

  get headersDistinct(): Record<string, string[]> {
    return distinctFields(this.#invocation.rawFields)
  }

  get trailers(): Record<string, string> {
    return {}
  }

  get rawTrailers(): string[] {
    return []
  }

  get trailersDistinct(): Record<string, string[]> {
    return {}
  }

  get httpVersion(): string {
    return `${this.httpVersionMajor}.${this.httpVersionMinor}`
  }

  get httpVersionMajor(): number {
    return Math.floor(this.#invocation.httpVersion / 10)
  }

  get httpVersionMinor(): number {
    return this.#invocation.httpVersion % 10
  }

  /** Aborts when the client disconnects before the response is complete. */
  get signal(): AbortSignal {
    if (this.#signal === null) {
      const controller = new AbortController()
      this.#invocation.onAbort(() => controller.abort())
      this.#signal = controller.signal
    }
    return this.#signal
  }

  get socket(): ClientSocket {
    if (this.#socket === undefined) this.#socket = new ClientSocket(this.#invocation)
    return this.#socket as ClientSocket
  }

  /**
   * Node.js sets null before it destroys a request whose reader has stopped, so that a response can
   * still be sent.
   */
  set socket(socket: ClientSocket | null) {
    this.#socket = socket
  }

  get connection(): ClientSocket {
    return this.socket
  }

  get aborted(): boolean {
    return this.#invocation.aborted
  }

  /** Whether the complete request has been received. */
  get complete(): boolean {
    return !this.#invocation.hasBody || this.#parsed || this.readableEnded
  }

  setTimeout(_milliseconds: number, _callback?: () => void): this {
    return this
  }

  // --- Next.js's additions ---

  /** Query and route parameters; parameters take precedence. */
  get query(): Query {
    if (this.#query === undefined) {
      const { url, rewrittenQuery } = this.#invocation
      const query = rewrittenQuery === null ? queryOf(url) : rewrittenQueryOf(rewrittenQuery)
      this.#query = Object.assign(query, this.#invocation.params())
    }
    return this.#query
  }

  set query(query: Query) {
    this.#query = query
  }

  get cookies(): Partial<Record<string, string>> {
    if (this.#cookies === undefined) {
      const { cookie } = this.headers
      this.#cookies = cookie ? { ...parseCookies(cookie as string, { decode: decodeCookie }) } : {}
    }
    return this.#cookies
  }

  set cookies(cookies: Partial<Record<string, string>>) {
    this.#cookies = cookies
  }

  /** The parsed body, unless the route has turned the parser off. */
  get body(): unknown {
    if (!this.#bodyKnown && this.#parsed) {
      this.#body = emptyBody(this.headers['content-type'] as string | undefined)
      this.#bodyKnown = true
    }
    return this.#body
  }

  set body(body: unknown) {
    this.#body = body
    this.#bodyKnown = true
  }

  get previewData(): unknown {
    if (this.#previewData === undefined)
      this.#previewData = readPreviewData(this, this.#response!, this.#invocation.target.generation)
    return this.#previewData
  }

  set previewData(data: unknown) {
    this.#previewData = data
  }

  get preview(): boolean | undefined {
    return this.previewData !== false ? true : undefined
  }

  get draftMode(): boolean | undefined {
    return this.preview
  }

  get env(): NodeJS.ProcessEnv {
    return process.env
  }

  // --- The stream, initialized at its first use ---

  get _readableState(): unknown {
    return this.#becomeStream()
  }

  set _readableState(state: unknown) {
    Object.defineProperty(this, '_readableState', {
      value: state,
      writable: true,
      configurable: true,
    })
  }

  _read(): void {
    const invocation = this.#invocation
    if (!invocation.hasBody) {
      this.push(null)
    } else if (invocation.aborted && !this.complete) {
      // The client disconnected before the body was read: no event would ever end the stream.
      this.destroy(codedError(Error, 'ECONNRESET', 'aborted'))
    } else if (!invocation.bodyUsed) {
      invocation.onBody({
        chunk: (bytes) => {
          this.#unconsumed += bytes.length
          this.push(bytes)
        },
        end: () => this.push(null),
      })
    } else if (this.#unconsumed > 0) {
      // The stream asks for more, so what it got has been consumed, except what it buffers itself.
      const consumed = this.#unconsumed
      this.#unconsumed = 0
      invocation.consumed(consumed)
    }
  }

  _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.readableEnded || !this.complete) this.emit('aborted')
    if (!this.complete && this.#socket !== null && !this.#invocation.ended) this.#invocation.fail()
    // As in node:http, an error without a listener must not crash the process.
    if (error && this.listenerCount('error') === 0) error = null
    process.nextTick(callback, error)
  }

  // --- For the code that runs the handler ---

  /** @internal Whether the request may be conditional, so that the response can be 304. */
  get isConditional(): boolean {
    return this.#headers !== undefined || conditional.test(this.#invocation.rawFields)
  }

  /** @internal The handler sees path and query as Next.js passes them; see {@link url}. */
  beginRoute(): void {
    if (this.#url === this.#invocation.url) this.#url = undefined
  }

  /** @internal Sets the response of the same invocation. */
  attach(response: CookieTarget): void {
    this.#response = response
  }

  /**
   * @internal The body parser has read the complete body; `body` is set, or is that of an empty
   * body.
   */
  markParsed(): void {
    this.#parsed = true
  }

  /** @internal The client has disconnected. */
  clientDisconnected(): void {
    if (this._events === undefined) return
    if (this.destroyed || this.readableEnded) {
      // The request was complete, so node:http emits nothing here; handlers rely on the events.
      this.emit('aborted')
      this.emit('close')
    } else {
      this.destroy(codedError(Error, 'ECONNRESET', 'aborted'))
    }
  }

  declare _events: object | undefined

  #becomeStream(): unknown {
    ;(stream.Readable as unknown as (this: unknown) => void).call(this)
    if (this.#parsed) {
      const state = this._readableState as Record<string, unknown>
      for (const name of ['ended', 'endEmitted', 'closed', 'closeEmitted', 'destroyed'])
        state[name] = true
    }
    return this._readableState
  }
}

Object.setPrototypeOf(ApiRequest.prototype, stream.Readable.prototype)
makeAssignable(ApiRequest.prototype)
// Node.js's streams recognize a server's request by these two booleans.
Object.assign(ApiRequest.prototype, { _consuming: false, _dumped: false })

/** Makes members assignable that are plain properties in Node.js. */
function makeAssignable(prototype: object): void {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (descriptor.get === undefined || descriptor.set !== undefined || name === 'isConditional')
      continue
    descriptor.set = function (this: object, value: unknown) {
      Object.defineProperty(this, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      })
    }
    Object.defineProperty(prototype, name, descriptor)
  }
}

function decodeCookie(value: string): string {
  if (value.startsWith('"')) value = value.slice(1, -1)
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
