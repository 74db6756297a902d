import type { Invocation } from '../invocation/invocation.ts'
import { nodeServer, passOn } from './node_server.ts'
import { pairOf } from './pair.ts'
import { requestStart } from './request_listeners.ts'

/**
 * Tells listeners and monitors of a request, as node:http does; the last of them hands it to its
 * route by `goOn`.
 */
export function tellServer(invocation: Invocation, goOn: () => void): void {
  const { req, res } = pairOf(invocation)
  const server = nodeServer()
  req.url = invocation.url
  passOn(res, goOn)
  invocation.onClose(() => {
    // A route that has made a response of its own has answered; this one is over with it.
    if (invocation.observer === res) return
    if (invocation.aborted) res.onInvocationAborted()
    else res.onInvocationEnded()
  })
  if (requestStart.hasSubscribers)
    requestStart.publish({ request: req, response: res, socket: req.socket, server })
  // Without a listener nobody answers, as in node:http.
  server.emit('request', req, res)
}
