import { EventEmitter } from 'node:events'

import { setListening } from './request_listeners.ts'

type Listener = Parameters<EventEmitter['on']>[1]
type RequestListener = (req: object, res: object) => unknown

const ofResponse = new WeakMap<object, () => void>()

/** What the first listener of a request is to do: `goOn` hands it to its route. */
export function passOn(res: object, goOn: () => void): void {
  ofResponse.set(res, goOn)
}

/** Goes on with a request as if nobody had listened. */
function answerByRoute(_req: object, res: object): void {
  ofResponse.get(res)?.()
}

/**
 * What `res.socket.server` is: the HTTP server as far as a handler may know it, one in each worker.
 * The one that clients are connected to belongs to Millrace. Who listens for `request`, as
 * Socket.IO does, hears of the requests that come to this worker before their routes do; the
 * listener that is there already is the routes.
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
    this.on('request', answerByRoute)
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

  /** @throws Error always: it listens. */
  listen(): never {
    const error = new Error('Listen method has been called more than once without closing.')
    throw Object.assign(error, { code: 'ERR_SERVER_ALREADY_LISTEN' })
  }

  /** The server is not the handler's to close: it is told that it is, and goes on. */
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
    const alone = listeners.length === 1 && listeners[0] === answerByRoute
    setListening(!alone)
    return self
  }
}

let server: NodeServer | undefined

/** The worker's one. */
export function nodeServer(): NodeServer {
  return (server ??= new NodeServer())
}
