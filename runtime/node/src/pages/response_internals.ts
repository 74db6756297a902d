/**
 * The internal members of node:http's responses, implemented by Millrace's. Node.js's own
 * functions, taken from the prototypes of OutgoingMessage and ServerResponse, work through them,
 * and so do packages that use them (`_header`, `_implicitHeader()`).
 */
import type { HeaderStore, HeaderValue } from './header_store.ts'

type Callback = (error?: Error | null) => void
type Chunk = string | Uint8Array

/** The operations of a response that these members use. */
export interface ResponseInternals {
  readonly store: HeaderStore
  /** Returns the status line and field lines; null while they can still be changed. */
  head(): string | null
  /** From now on, the head cannot be changed. */
  closeHead(): void
  readonly headSent: boolean
  readonly hasBody: boolean
  /** Whether the response has been ended. */
  readonly finished: boolean
  /** Sends a part of the body, after the head. @returns whether more can be written at once. */
  send(chunk: Chunk, encoding: BufferEncoding | null | undefined): boolean
  /**
   * Ends the response.
   * @param last the complete body, if nothing was sent before.
   * @param emitFinish emits the event 'finish' instead of the response.
   */
  finish(last: Chunk | null, emitFinish: Callback | null): void
}

/** The arguments that Node.js's `end` passes before it sets `finished`. */
interface LastCall {
  readonly chunk: Chunk | null
  readonly callback: Callback | null
  /** Whether the callback is the one that emits 'finish'. */
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

/**
 * Adds the internal members to a response's prototype. @param of returns a response's internals.
 */
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
    // True once nothing more can follow: until then Node.js's `end` passes its callback.
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
    // The server frames bodies: for Node.js's functions no body is chunked.
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
        // Node.js's `end` sets the length of a body that is sent in one piece.
        const whole =
          !inner(this).headSent &&
          this._contentLength === Buffer.byteLength(chunk as string, encoding ?? undefined)
        return send(this, inner(this), chunk, encoding, callback, whole)
      },
    },
    // The server writes the bytes of the connection, interim responses for example.
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
 * Links the state that Node.js stores on a response under symbols.
 * @param template a response of Node.js.
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
 * Returns the headers in the form of Node.js, `{ name: ['Name', value] }`; changes apply to the
 * store.
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
