/**
 * Finds the invocation that the running code belongs to, also after an await, so that log lines
 * carry the number of its stream and the server can name the request. Off until the server asks for
 * it, because it costs each request an asynchronous context.
 */
import { asyncHooks } from '../base/async_hooks.ts'
import type { Invocation } from './invocation.ts'

let storage: InstanceType<typeof asyncHooks.AsyncLocalStorage<Invocation>> | undefined

/** From now on, {@link runAsCurrent} makes invocations known to the code that they run. */
export function followInvocations(): void {
  storage ??= new asyncHooks.AsyncLocalStorage<Invocation>()
}

/**
 * Calls `work` with the invocation and `argument`, so that {@link currentInvocation} returns the
 * invocation in all that it starts.
 */
export function runAsCurrent<T>(
  invocation: Invocation,
  work: (invocation: Invocation, argument: T) => void,
  argument: T,
): void {
  if (storage === undefined) work(invocation, argument)
  else storage.run(invocation, work, invocation, argument)
}

/** Returns the invocation of the running code; undefined outside of one, or if this is off. */
export function currentInvocation(): Invocation | undefined {
  return storage?.getStore()
}
