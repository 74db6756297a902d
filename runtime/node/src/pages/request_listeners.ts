/**
 * Detects code that receives requests before their routes do, as with an `http.Server`: listeners
 * that a project adds to `res.socket.server`, and monitoring, which subscribes to Node.js's
 * diagnostics channel or wraps `http.Server.prototype.emit`. Without such code nothing else is
 * loaded for it.
 */
import { EventEmitter } from 'node:events'

import { onHttpImport } from '../project/modules.ts'

/** The channel on which Node.js publishes the start of a request. */
export const requestStart = process
  .getBuiltinModule('node:diagnostics_channel')
  .channel('http.server.request.start')

let listening = false
let changed: (listening: boolean) => void = () => undefined
/**
 * Returns the function that emits the events of Node.js's servers; null until node:http is
 * imported.
 */
let emitOfServers: (() => unknown) | null = null

onHttpImport(() => {
  const { prototype } = process.getBuiltinModule('node:http').Server
  emitOfServers = () => prototype.emit
})

/** Sets whether the project has request listeners; called again with each change. */
export function setListening(now: boolean): void {
  if (now !== listening) changed(now)
  listening = now
}

/** Calls `listener` when the first request listener is added and when the last one is removed. */
export function onListening(listener: (listening: boolean) => void): void {
  changed = listener
}

/** Whether request listeners or monitoring must receive a request before its route does. */
export function hasRequestListeners(): boolean {
  return listening || isMonitored()
}

function isMonitored(): boolean {
  return (
    requestStart.hasSubscribers ||
    (emitOfServers !== null && emitOfServers() !== EventEmitter.prototype.emit)
  )
}
