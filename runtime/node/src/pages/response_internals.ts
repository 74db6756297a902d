/**
 * The inner members of node:http's responses, over ours: node's own functions, taken from the
 * prototypes of OutgoingMessage and ServerResponse, do their work through them, and so do packages
 * that know them (`_header`, `_implicitHeader()`).
 */
import type { HeaderStore, HeaderValue } from './header_store.ts'

type Callback = (error?: Error | null) => void
type Chunk = string | Uint8Array

/** What a response lets these members do with it. */
export interface ResponseInternals {
  readonly store: HeaderStore
  /** The status line and field lines; null until they cannot be changed any more. */
  head(): string | null
  /** From now on the head cannot be changed. */
  closeHead(): void
  readonly headSent: boolean
  readonly hasBody: boolean
  /** Whether it has been ended. */
  readonly finished: boolean
  /** Sends a part of the body, after the head. @returns whether more may be written at once. */
  send(chunk: Chunk, encoding: BufferEncoding | null | undefined): boolean
  /**
   * Ends the response.
   * @param last the whole body, where nothing was sent before.
   * @param emitFinish takes the place of the event 'finish', which it emits itself.
   */
  finish(last: Chunk | null, emitFinish: Callback | null): void
}

/** What node's function `end` leaves behind before it sets `finished`. */
interface LastCall {
  readonly chunk: Chunk | null
  readonly callback: Callback | null
  /** The callback is the one that emits 'finish'. */
  last: boolean
}

const lastCalls = new WeakMap<object, LastCall>()
const nothing = (): void => undefined

type Members = PropertyDescriptorMap &
  ThisType<{
    writeHead(status: number): unknown
    statusCode: number
    _contentLength?: number | null
  }>
type Inner = (response: unknown) => ResponseInternals

/** Gives a response's prototype the inner members. @param of finds what is behind one. */
export function addInternals(prototype: object, of: (response: never) => ResponseInternals): void {
  const inner: Inner = (response) => of(response as never)
  const members: PropertyDescriptorMap = { ...headMembers(inner), ...bodyMembers(inner) }
  for (const descriptor of Object.values(members)) {
    descriptor.configurable = true
    if ('value' in descriptor) descriptor.writable = true
  }
  Object.defineProperties(prototype, members)
  for (const [name, value] of Object.entries(plainMembers)) {
    Object.defineProperty(prototype, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: true,
    })
  }
}

const plainMembers = {
  outputSize: 0,
  writable: true,
  sendDate: true,
  strictContentLength: false,
  shouldKeepAlive: true,
  useChunkedEncodingByDefault: true,
  maxRequestsOnConnectionReached: false,
  _last: false,
  _defaultKeepAlive: true,
  _removedConnection: false,
  _removedContLen: false,
  _removedTE: false,
  _contentLength: null,
  _trailer: '',
  _closed: false,
  _keepAliveTimeout: 0,
  _sent100: false,
  _expect_continue: false,
}

function headMembers(inner: Inner): Members {
  return {
    _header: {
      get() {
        return inner(this).head()
      },
      set: nothing,
    },
    // True once nothing more can follow: until then node's `end` hands over its callback.
    _headerSent: {
      get() {
        return inner(this).headSent && inner(this).finished
      },
      set: nothing,
    },
    _hasBody: {
      get() {
        return inner(this).hasBody
      },
      set: nothing,
    },
    _implicitHeader: {
      value() {
        this.writeHead(this.statusCode)
      },
    },
    _storeHeader: {
      value() {
        inner(this).closeHead()
      },
    },
  }
}

function bodyMembers(inner: Inner): Members {
  return {
    // The server frames bodies: to node's functions every one is sent as it is.
    chunkedEncoding: { get: () => false, set: nothing },
    outputData: { get: () => [], set: nothing },
    finished: {
      get() {
        return inner(this).finished
      },
      set(value: unknown) {
        if (value !== true || inner(this).finished) return
        const call = lastCalls.get(this)
        if (call !== undefined) call.last = true
        inner(this).finish(call?.chunk ?? null, call?.callback ?? null)
      },
    },
    _send: {
      value(chunk: Chunk, encoding: BufferEncoding | null, callback: Callback | null) {
        // Node's `end` says the length of a body that is all in one.
        const whole =
          !inner(this).headSent &&
          this._contentLength === Buffer.byteLength(chunk as string, encoding ?? undefined)
        return send(this, inner(this), chunk, encoding, callback, whole)
      },
    },
    // Bytes on the wire are the server's: interim answers, for one.
    _writeRaw: {
      value(_data: unknown, _encoding: unknown, callback: unknown) {
        if (typeof callback === 'function') process.nextTick(callback)
        return true
      },
    },
    _finish: { value: nothing },
    _flush: { value: nothing },
    detachSocket: { value: nothing },
    assignSocket: { value: nothing },
  }
}

/**
 * Links what node keeps of a response under symbols of its own.
 * @param template a response of node's.
 */
export function addSymbols(
  prototype: object,
  template: object,
  of: (response: never) => ResponseInternals,
): void {
  for (const symbol of Object.getOwnPropertySymbols(template)) {
    const value: unknown = Reflect.get(template, symbol)
    Object.defineProperty(prototype, symbol, { value, writable: true, configurable: true })
    if (symbol.description !== 'kOutHeaders') continue
    const views = new WeakMap<object, object>()
    Object.defineProperty(prototype, symbol, {
      get(this: object) {
        let view = views.get(this)
        if (view === undefined) views.set(this, (view = viewOf(of(this as never).store)))
        return view
      },
      set: nothing,
      configurable: true,
    })
  }
}

/**
 * The headers as node has them, `{ name: ['Name', value] }`; what is changed in it is changed in
 * them.
 */
function viewOf(store: HeaderStore): object {
  return new Proxy(Object.create(null) as Record<string, unknown>, {
    get: (_, key) => (typeof key === 'string' ? store.entry(key) : undefined),
    has: (_, key) => typeof key === 'string' && store.has(key),
    set(_, key, [name, value]: [string, HeaderValue]) {
      store.set(key as string, name, value)
      return true
    },
    deleteProperty(_, key) {
      store.remove(key as string)
      return true
    },
    ownKeys: () => store.keys(),
    getOwnPropertyDescriptor: (_, key) =>
      store.has(key as string)
        ? {
            value: store.entry(key as string),
            writable: true,
            enumerable: true,
            configurable: true,
          }
        : undefined,
  })
}

function send(
  response: object,
  inner: ResponseInternals,
  chunk: Chunk,
  encoding: BufferEncoding | null,
  callback: Callback | null,
  whole: boolean,
): boolean {
  const call: LastCall = { chunk: whole ? toBytes(chunk, encoding) : null, callback, last: false }
  lastCalls.set(response, call)
  process.nextTick(() => {
    if (lastCalls.get(response) === call) lastCalls.delete(response)
    if (!call.last) callback?.()
  })
  return whole || chunk.length === 0 ? true : inner.send(chunk, encoding)
}

function toBytes(chunk: Chunk, encoding: BufferEncoding | null): Chunk {
  return typeof chunk === 'string' && encoding && encoding !== 'utf8'
    ? Buffer.from(chunk, encoding)
    : chunk
}
