/**
 * Who hears of requests before their routes do, as of those of an `http.Server`: listeners that a
 * project has given to `res.socket.server`, and monitoring, which subscribes to node's channel of
 * requests or wraps `http.Server.prototype.emit` and gives each request a scope of its own. Where
 * there is nobody, nothing of it is loaded.
 */
import { EventEmitter } from 'node:events'

import { answerWithError } from '../invocation/failure.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { onHttpImport } from '../project/modules.ts'
import { settle } from '../invocation/settle.ts'

/** Takes a request; `goOn` hands it to its route. */
export type RequestTaker = (invocation: Invocation, goOn: () => void) => void

/** What node publishes as a request comes. */
export const requestStart = process
  .getBuiltinModule('node:diagnostics_channel')
  .channel('http.server.request.start')

let listening: RequestTaker | null = null
let changed: (listening: boolean) => void = () => undefined
/** What emits the events of node's servers; null until somebody has imported node:http. */
let emitOfServers: (() => unknown) | null = null

onHttpImport(() => {
  const { prototype } = process.getBuiltinModule('node:http').Server
  emitOfServers = () => prototype.emit
})

/** From now on `take` gets every request first; null: nobody does. */
export function takeRequestsFirst(take: RequestTaker | null): void {
  if ((take === null) !== (listening === null)) changed(take !== null)
  listening = take
}

/** Calls `listener` when somebody listens where nobody did, and the other way round. */
export function onRequestTaker(listener: (listening: boolean) => void): void {
  changed = listener
}

/** Who takes requests first; null where nobody does. */
export function requestTaker(): RequestTaker | null {
  if (listening !== null) return listening
  return isMonitored() ? tellMonitors : null
}

function isMonitored(): boolean {
  return (
    requestStart.hasSubscribers ||
    (emitOfServers !== null && emitOfServers() !== EventEmitter.prototype.emit)
  )
}

let tell: RequestTaker | null = null
const loading = (): Promise<{ tellServer: RequestTaker }> => import('./node_server.ts')

function tellMonitors(invocation: Invocation, goOn: () => void): void {
  if (tell !== null) {
    tell(invocation, goOn)
    return
  }
  settle(
    invocation,
    loading(),
    ({ tellServer }) => {
      tell = tellServer
      if (!invocation.aborted) tell(invocation, goOn)
    },
    (error) => answerWithError(invocation, error),
  )
}
