import type { Invocation } from '../invocation/invocation.ts'
import { nodeServer, setNext } from './node_server.ts'
import { pairOf } from './pair.ts'
import { requestStart } from './request_listeners.ts'

/**
 * Emits a request to listeners and monitoring, as node:http does. The last listener runs the route
 * through `next`.
 */
export function emitRequest(invocation: Invocation, next: () => void): void {
  const { req, res } = pairOf(invocation)
  const server = nodeServer()
  req.url = invocation.url
  setNext(res, next)
  invocation.onClose(() => {
    // The route has responded with a response object of its own; this one ends with it.
    if (invocation.observer === res) return
    if (invocation.aborted) res.onInvocationAborted()
    else res.onInvocationEnded()
  })
  if (requestStart.hasSubscribers)
    requestStart.publish({ request: req, response: res, socket: req.socket, server })
  // Without a listener the request gets no response, as in node:http.
  server.emit('request', req, res)
}
