/**
 * Who hears of requests before their routes do, as of those of an `http.Server`: listeners that a
 * project has given to `res.socket.server`, and monitoring, which subscribes to node's channel of
 * requests or wraps `http.Server.prototype.emit` and gives each request a scope of its own. Where
 * there is nobody, nothing of it is loaded.
 */
import { EventEmitter } from 'node:events'

import { onHttpImport } from '../project/modules.ts'

/** What node publishes as a request comes. */
export const requestStart = process
  .getBuiltinModule('node:diagnostics_channel')
  .channel('http.server.request.start')

let listening = false
let changed: (listening: boolean) => void = () => undefined
/** What emits the events of node's servers; null until somebody has imported node:http. */
let emitOfServers: (() => unknown) | null = null

onHttpImport(() => {
  const { prototype } = process.getBuiltinModule('node:http').Server
  emitOfServers = () => prototype.emit
})

/** Says whether somebody listens for requests; told again with each change. */
export function setListening(now: boolean): void {
  if (now !== listening) changed(now)
  listening = now
}

/** Calls `listener` when somebody listens where nobody did, and the other way round. */
export function onListening(listener: (listening: boolean) => void): void {
  changed = listener
}

/** Whether somebody is to hear of a request before its route does. */
export function isHeard(): boolean {
  return listening || isMonitored()
}

function isMonitored(): boolean {
  return (
    requestStart.hasSubscribers ||
    (emitOfServers !== null && emitOfServers() !== EventEmitter.prototype.emit)
  )
}
