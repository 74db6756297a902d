import { stream as nodeStream } from '../base/builtins.ts'
import { Headers } from './headers.ts'
import { native, nativeIfLoaded } from './native.ts'
import { streamClass, TextDecoder } from './platform.ts'

type NativeRequest = globalThis.Request

/** Provides the parts of a request from the link, each created on demand. */
export abstract class RequestSource {
  abstract readonly method: string
  /** Absolute. */
  abstract readonly url: string
  /** Creates the headers. Called once at most. */
  abstract makeHeaders(): Headers
  /** Whether `body` is null: for GET and HEAD. */
  abstract readonly bodyless: boolean
  /** Reads the complete body. Called once at most, and never together with {@link makeBody}. */
  abstract readBytes(): Promise<Uint8Array>
  /** Creates the body as a stream. Called once at most. */
  abstract makeBody(): ReadableStream<Uint8Array>
  /** Creates a signal that aborts when the client disconnects. Called once at most. */
  abstract makeSignal(): AbortSignal
}

const inspect = Symbol.for('nodejs.util.inspect.custom')
const utf8Text = new TextDecoder()

let toNative: (request: Request) => NativeRequest
let isLight: (value: object) => boolean

/**
 * The class `Request` of the Fetch standard. A request from the link creates its parts on demand; a
 * request that a program creates wraps Node.js's own.
 */
export class Request {
  /** Node.js's own request; null for one from the link. */
  readonly #real: NativeRequest | null
  readonly #source: RequestSource | null
  #headers: Headers | null = null
  #body: ReadableStream<Uint8Array> | null = null
  #signal: AbortSignal | null = null
  #used = false

  constructor(
    input: string | URL | Request | globalThis.Request | RequestSource,
    init?: RequestInit,
  ) {
    if (input instanceof RequestSource) {
      this.#source = input
      this.#real = null
      return
    }
    const real = new (native().Request)(platformInput(input) as string, init)
    this.#real = real
    this.#source = null
    // The headers are of the light class, so that `instanceof Headers` is fast; they are copied to
    // Node.js's request before that is used.
    this.#headers = new Headers(real.headers)
  }

  get method(): string {
    return this.#real !== null ? this.#real.method : this.#source!.method
  }

  get url(): string {
    return this.#real !== null ? this.#real.url : this.#source!.url
  }

  get headers(): Headers {
    return (this.#headers ??= this.#source!.makeHeaders())
  }

  get signal(): AbortSignal {
    if (this.#real !== null) return this.#real.signal
    return (this.#signal ??= this.#source!.makeSignal())
  }

  get body(): ReadableStream<Uint8Array> | null {
    if (this.#real !== null) return this.#real.body as ReadableStream<Uint8Array> | null
    if (this.#body !== null || this.#source!.bodyless) return this.#body
    this.#body = this.#used ? usedStream() : this.#source!.makeBody()
    return this.#body
  }

  get bodyUsed(): boolean {
    if (this.#real !== null) return this.#real.bodyUsed
    return this.#used || (this.#body !== null && isDisturbed(this.#body))
  }

  get cache(): RequestCache {
    return this.#real?.cache ?? 'default'
  }

  get credentials(): RequestCredentials {
    return this.#real?.credentials ?? 'same-origin'
  }

  get destination(): RequestDestination {
    return this.#real?.destination ?? ''
  }

  get integrity(): string {
    return this.#real?.integrity ?? ''
  }

  get keepalive(): boolean {
    return this.#real?.keepalive ?? false
  }

  get mode(): RequestMode {
    return this.#real?.mode ?? 'cors'
  }

  get redirect(): RequestRedirect {
    return this.#real?.redirect ?? 'follow'
  }

  get referrer(): string {
    return this.#real?.referrer ?? 'about:client'
  }

  get referrerPolicy(): ReferrerPolicy {
    return this.#real?.referrerPolicy ?? ''
  }

  get duplex(): 'half' {
    return 'half'
  }

  get isReloadNavigation(): boolean {
    return false
  }

  get isHistoryNavigation(): boolean {
    return false
  }

  async text(): Promise<string> {
    return this.#real !== null ? this.#real.text() : utf8Text.decode(await this.#bytes())
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    // Its own memory: bytes from the link may share a pool.
    return this.#real !== null
      ? this.#real.arrayBuffer()
      : Uint8Array.from(await this.#bytes()).buffer
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.arrayBuffer())
  }

  async blob(): Promise<Blob> {
    return this.#asResponse((response) => response.blob())
  }

  async formData(): Promise<FormData> {
    return this.#asResponse((response) => response.formData())
  }

  clone(): Request {
    if (this.bodyUsed || this.body?.locked === true) throw new TypeError('unusable')
    if (this.#real !== null) {
      copyHeaders(this.headers, this.#real.headers)
      return new Request(this.#real.clone())
    }
    let branch: ReadableStream<Uint8Array> | null = null
    const body = this.body
    if (body !== null) [this.#body, branch] = body.tee()
    return new Request(this.#makeNative(branch))
  }

  [inspect](
    depth: number,
    options: object,
    inspectValue: (value: unknown, options: object) => string,
  ): string {
    if (depth < 0) return `[${this.constructor.name}]`
    const { method, url, headers, bodyUsed, mode, credentials, cache, redirect } = this
    const shown = { method, url, headers, bodyUsed, mode, credentials, cache, redirect }
    return `${this.constructor.name} ${inspectValue(shown, options)}`
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    if (Function.prototype[Symbol.hasInstance].call(this, value)) return true
    const platform = this === Request ? nativeIfLoaded() : undefined
    return platform !== undefined && value instanceof platform.Request
  }

  static {
    // A bundler may rename the class.
    Object.defineProperty(this, 'name', { value: 'Request', configurable: true })
    Object.defineProperty(this, 'length', { value: 1, configurable: true })
    Object.defineProperty(this.prototype, Symbol.toStringTag, {
      value: 'Request',
      configurable: true,
    })
    isLight = (value) => #used in value
    toNative = (request) => {
      if (request.#real !== null) {
        copyHeaders(request.headers, request.#real.headers)
        return request.#real
      }
      const body = request.body
      if (body !== null && (body.locked || request.bodyUsed)) {
        throw new TypeError(
          'Cannot construct a Request with a Request object that has already been used.',
        )
      }
      const real = request.#makeNative(body)
      request.#used = body !== null
      return real
    }
  }

  #makeNative(body: ReadableStream<Uint8Array> | null): NativeRequest {
    const init: RequestInit = {
      method: this.method,
      headers: [...this.headers],
      signal: this.signal,
    }
    if (body !== null) Object.assign(init, { body, duplex: 'half' })
    return new (native().Request)(this.url, init)
  }

  async #bytes(): Promise<Uint8Array> {
    if (this.#source!.bodyless) return new Uint8Array(0)
    if (this.bodyUsed || this.#body?.locked === true)
      throw new TypeError('Body is unusable: Body has already been read')
    if (this.#body !== null)
      return new Uint8Array(await new (native().Response)(this.#body).arrayBuffer())
    this.#used = true
    return this.#source!.readBytes()
  }

  /** Runs an operation that needs Node.js's class on a response with the same body and type. */
  async #asResponse<T>(read: (response: globalThis.Response) => Promise<T>): Promise<T> {
    const type = this.headers.get('content-type')
    const body = this.#real !== null ? await this.#real.arrayBuffer() : await this.#bytes()
    return read(
      new (native().Response)(
        body as Uint8Array<ArrayBuffer>,
        type === null ? {} : { headers: [['content-type', type]] },
      ),
    )
  }
}

/** Converts `input` for Node.js's own fetch and classes: a light request to Node.js's. */
export function platformInput(input: unknown): unknown {
  return typeof input === 'object' && input !== null && isLight(input)
    ? toNative(input as Request)
    : input
}

function copyHeaders(from: Headers, to: globalThis.Headers): void {
  for (const name of [...to.keys()]) to.delete(name)
  for (const [name, value] of from) to.append(name, value)
}

/** Returns the stream of a body that has been read completely. */
function usedStream(): ReadableStream<Uint8Array> {
  const Stream = streamClass()
  const stream = new Stream<Uint8Array>({ start: (controller) => controller.close() })
  stream.cancel().catch(() => undefined)
  return stream
}

function isDisturbed(body: ReadableStream): boolean {
  return (nodeStream as unknown as { isDisturbed(stream: unknown): boolean }).isDisturbed(body)
}
