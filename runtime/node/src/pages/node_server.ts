import { EventEmitter } from 'node:events'

import { setListening } from './request_listeners.ts'

type Listener = Parameters<EventEmitter['on']>[1]
type RequestListener = (req: object, res: object) => unknown

const nextOfResponse = new WeakMap<object, () => void>()

/** Sets the function that runs the route of a response's request after the listeners. */
export function setNext(res: object, next: () => void): void {
  nextOfResponse.set(res, next)
}

/** The default listener: runs the route, as if no one else listened. */
function runRoute(_req: object, res: object): void {
  nextOfResponse.get(res)?.()
}

/**
 * The value of `res.socket.server`: a stand-in for the HTTP server, one in each worker. The server
 * that clients connect to is Millrace's. Listeners for `request`, such as Socket.IO's, receive the
 * requests of this worker before their routes do; the listener that is always present runs the
 * routes.
 */
export class NodeServer extends EventEmitter {
  readonly listening = true
  timeout = 0
  keepAliveTimeout = 5000
  keepAliveTimeoutBuffer = 1000
  headersTimeout = 60_000
  requestTimeout = 300_000
  maxHeadersCount: number | null = null
  maxRequestsPerSocket = 0
  maxConnections: number | undefined = undefined

  constructor() {
    super()
    this.on('request', runRoute)
  }

  override on(event: string | symbol, listener: Listener): this {
    return this.#changed(super.on(event, listener))
  }

  override addListener(event: string | symbol, listener: Listener): this {
    return this.#changed(super.addListener(event, listener))
  }

  override prependListener(event: string | symbol, listener: Listener): this {
    return this.#changed(super.prependListener(event, listener))
  }

  override removeListener(event: string | symbol, listener: Listener): this {
    return this.#changed(super.removeListener(event, listener))
  }

  override off(event: string | symbol, listener: Listener): this {
    return this.#changed(super.off(event, listener))
  }

  override removeAllListeners(event?: string | symbol): this {
    return this.#changed(
      event === undefined ? super.removeAllListeners() : super.removeAllListeners(event),
    )
  }

  address(): { address: string; family: string; port: number } {
    return { address: '::', family: 'IPv6', port: Number(process.env['PORT'] ?? 3000) }
  }

  /** @throws Error always: the server already listens. */
  listen(): never {
    const error = new Error('Listen method has been called more than once without closing.')
    throw Object.assign(error, { code: 'ERR_SERVER_ALREADY_LISTEN' })
  }

  /** A handler cannot close the server: the callback is called, and the server continues. */
  close(callback?: (error?: Error) => void): this {
    process.nextTick(() => {
      this.emit('close')
      callback?.()
    })
    return this
  }

  closeAllConnections(): void {}

  closeIdleConnections(): void {}

  getConnections(callback: (error: Error | null, count: number) => void): this {
    process.nextTick(callback, null, 0)
    return this
  }

  setTimeout(_milliseconds?: number, _callback?: () => void): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => void this.close(() => resolve()))
  }

  #changed(self: this): this {
    const listeners = this.listeners('request') as RequestListener[]
    const alone = listeners.length === 1 && listeners[0] === runRoute
    setListening(!alone, this.listenerCount('upgrade') > 0)
    return self
  }
}

let server: NodeServer | undefined

/** Returns the worker's server. */
export function nodeServer(): NodeServer {
  return (server ??= new NodeServer())
}
