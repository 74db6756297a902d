import { EventEmitter } from 'node:events'

import { nodeServer, type NodeServer } from './node_server.ts'
import type { Invocation } from '../invocation/invocation.ts'

/**
 * What `req.socket` is: the client's connection as far as a handler may know it. The connection
 * belongs to the server; the handler can learn the addresses and give the request up.
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

  /** The server it is a connection of, which takes listeners. */
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

  /** Gives the request up: the client sees its connection break. */
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
