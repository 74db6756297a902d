/**
 * Runs the project's shutdown listeners: those of SIGTERM (or of SIGINT if there are none) that its
 * instrumentation file or a library has registered. The server ends a worker with a frame instead
 * of a signal; the worker calls the listeners when all its requests have ended.
 */

import { logError } from '../base/errors.ts'
import { whenSettled } from '../invocation/settle.ts'

/**
 * How long listeners that return no promise have, in milliseconds, to end the process or to let its
 * event loop run empty.
 */
const exitTimeout = 1000

/** Whether the project has registered a shutdown listener. */
export function hasShutdownListeners(): boolean {
  return signal() !== undefined
}

/**
 * Calls the listeners, waits until the promises that they return are settled, and calls `leave`
 * unless one of them has ended the process. With `NEXT_MANUAL_SIG_HANDLE` in the environment the
 * listeners alone end the process, as in Next.js. A process whose event loop is empty ends by
 * itself; the caller must not keep it alive.
 */
export function runShutdownListeners(leave: () => void): void {
  const name = signal()
  if (name === undefined) return leave()
  // Work that listeners of 'beforeExit' start is waited for once: if they log, 'beforeExit' is
  // emitted again, and they must not be called in a loop.
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
    else setTimeout(leave, exitTimeout).unref()
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
    // Rethrown as if from the event loop; the other listeners are still called.
    queueMicrotask(() => {
      throw error
    })
    return undefined
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'
}
