import type { Invocation } from '../invocation/invocation.ts'
import { nodeServer } from '../pages/node_server.ts'
import { pairOf } from '../pages/pair.ts'
import type { ApiRequest } from '../pages/request.ts'
import type { ClientSocket } from '../pages/socket.ts'
import { TunnelSocket } from './tunnel_socket.ts'

/** What Node.js's HTTP server passes to listeners of `upgrade`. */
export interface UpgradeRequest {
  readonly req: ApiRequest
  readonly socket: TunnelSocket
  /** Bytes of the client behind its request: none, they come when the upgrade is accepted. */
  readonly head: Buffer
}

/** Makes request and socket for an invocation that offers an upgrade. */
export function openTunnel(invocation: Invocation): UpgradeRequest {
  const { req, res } = pairOf(invocation)
  req.url = invocation.url
  const socket = new TunnelSocket(invocation, nodeServer())
  req.socket = socket as unknown as ClientSocket
  invocation.onClose(() => {
    if (invocation.aborted) res.onInvocationAborted()
    else res.onInvocationEnded()
  })
  return { req, socket, head: Buffer.alloc(0) }
}

/** Passes an upgrade to the project's listeners, as Node.js's HTTP server does. */
export function emitUpgrade(invocation: Invocation): void {
  const { req, socket, head } = openTunnel(invocation)
  nodeServer().emit('upgrade', req, socket, head)
}
