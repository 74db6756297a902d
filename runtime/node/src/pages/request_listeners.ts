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

/**
 * What the project listens for: all requests, upgrades included; only requests that offer an
 * upgrade; or nothing.
 */
export type Listening = 'nothing' | 'upgrades' | 'requests'

let listening: Listening = 'nothing'
let upgradeListening = false
let changed: (listening: Listening) => void = () => undefined
/**
 * Returns the function that emits the events of Node.js's servers; null until node:http is
 * imported.
 */
let emitOfServers: (() => unknown) | null = null

onHttpImport(() => {
  const { prototype } = process.getBuiltinModule('node:http').Server
  emitOfServers = () => prototype.emit
})

/**
 * Sets whether the project has request listeners and upgrade listeners; called again with each
 * change.
 */
export function setListening(requests: boolean, upgrades: boolean): void {
  const now = requests ? 'requests' : upgrades ? 'upgrades' : 'nothing'
  upgradeListening = upgrades
  if (now !== listening) changed(now)
  listening = now
}

/** Calls `listener` when what the project listens for changes. */
export function onListening(listener: (listening: Listening) => void): void {
  changed = listener
}

/** Whether request listeners or monitoring must receive a request before its route does. */
export function hasRequestListeners(): boolean {
  return listening === 'requests' || isMonitored()
}

/** Whether the project listens for upgrades. */
export function hasUpgradeListeners(): boolean {
  return upgradeListening
}

function isMonitored(): boolean {
  return (
    requestStart.hasSubscribers ||
    (emitOfServers !== null && emitOfServers() !== EventEmitter.prototype.emit)
  )
}
