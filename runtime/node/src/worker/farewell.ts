/**
 * What a project does when its process is to end: the listeners of SIGTERM (or of SIGINT, where
 * there are none) that its instrumentation file or a library has registered. A worker hears of its
 * end from the server, not by a signal, and calls them when it has answered what it had.
 */

import { logError } from '../base/errors.ts'
import { whenSettled } from '../invocation/settle.ts'

/**
 * Listeners that return no promise get so long, in milliseconds, to end the process or to leave it
 * nothing to do.
 */
const patience = 1000

/** Whether anybody listens. */
export function wantsFarewell(): boolean {
  return signal() !== undefined
}

/**
 * Calls the listeners and then `leave`, where none of them ends the process: when the promises that
 * they returned are settled. Where the environment has `NEXT_MANUAL_SIG_HANDLE`, ending is theirs
 * alone, as under Next.js. A process that is left with nothing to do ends by itself; whoever calls
 * this holds nothing open.
 */
export function sayFarewell(leave: () => void): void {
  const name = signal()
  if (name === undefined) return leave()
  // What its listeners begin is waited for; what they log must not have them called again.
  let emptied = false
  process.prependListener('beforeExit', () => {
    if (emptied) leave()
    emptied = true
  })
  const results = process
    .rawListeners(name)
    .map((listener) => call(listener as NodeJS.SignalsListener, name))
  whenSettled(Promise.allSettled(results), () => {
    if (process.env['NEXT_MANUAL_SIG_HANDLE']) return
    if (results.every(isPromise)) leave()
    else setTimeout(leave, patience).unref()
  })
}

function signal(): 'SIGTERM' | 'SIGINT' | undefined {
  return (['SIGTERM', 'SIGINT'] as const).find((name) => process.listenerCount(name) > 0)
}

function call(listener: NodeJS.SignalsListener, name: 'SIGTERM' | 'SIGINT'): unknown {
  try {
    const result: unknown = Reflect.apply(listener, process, [name, name === 'SIGTERM' ? 15 : 2])
    return isPromise(result)
      ? result.then(undefined, (error: unknown) => logError(error, `${name}:`))
      : result
  } catch (error) {
    // As if it had thrown from the event loop; the others are called all the same.
    queueMicrotask(() => {
      throw error
    })
    return undefined
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'
}
