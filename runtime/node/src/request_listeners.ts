/**
 * Who hears of requests before their routes do: the listeners that a project has given to `res.socket.server`, of which
 * nothing is loaded before somebody asks for it.
 */
import type { Invocation } from './invocation.ts'

/** Takes a request; `goOn` hands it to its route. */
export type RequestTaker = (invocation: Invocation, goOn: () => void) => void

let taker: RequestTaker | null = null
let changed: (listening: boolean) => void = () => undefined

/** From now on `take` gets every request first; null: nobody does. */
export function takeRequestsFirst(take: RequestTaker | null): void {
  if ((take === null) !== (taker === null)) changed(take !== null)
  taker = take
}

/** Calls `listener` when there is somebody where nobody was, and the other way round. */
export function onRequestTaker(listener: (listening: boolean) => void): void {
  changed = listener
}

/** Who takes requests first; null where nobody does. */
export function requestTaker(): RequestTaker | null {
  return taker
}
