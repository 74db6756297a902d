import { EventEmitter } from 'node:events'

import { nodeServer, type NodeServer } from './node_server.ts'
import type { Invocation } from '../invocation/invocation.ts'

/**
 * The value of `req.socket`: a stand-in for the client's connection. The connection belongs to the
 * server; the handler can read the addresses and abort the request.
 */
export class ClientSocket extends EventEmitter {
  readonly #invocation: Invocation
  readonly remoteAddress: string
  readonly remotePort: number
  readonly remoteFamily: 'IPv4' | 'IPv6'
  readonly encrypted: boolean
  readonly authorized = false
  readonly bytesRead = 0
  readonly bytesWritten = 0
  readonly connecting = false
  readonly pending = false
  readonly timeout = 0
  destroyed = false

  constructor(invocation: Invocation) {
    super()
    this.#invocation = invocation
    this.remoteAddress = invocation.remoteAddress
    this.remotePort = invocation.remotePort
    this.remoteFamily = this.remoteAddress.includes(':') ? 'IPv6' : 'IPv4'
    this.encrypted = invocation.secure
    this.destroyed = invocation.aborted
    invocation.onClose(() => {
      if (!invocation.aborted) return
      this.destroyed = true
      this.emit('close', true)
    })
  }

  /** The server of the connection, which accepts listeners. */
  get server(): NodeServer {
    return nodeServer()
  }

  get readable(): boolean {
    return !this.destroyed
  }

  get writable(): boolean {
    return !this.destroyed
  }

  get readyState(): string {
    return this.destroyed ? 'closed' : 'open'
  }

  address(): object {
    return {}
  }

  /** Aborts the request: the client's connection is closed. */
  destroy(): this {
    this.destroyed = true
    this.#invocation.fail()
    return this
  }

  destroySoon(): void {}

  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  cork(): void {}

  uncork(): void {}
}
