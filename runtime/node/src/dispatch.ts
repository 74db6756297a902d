import { answerWithError } from './failure.ts'
import type { LoadedRoute, RunRoute } from './generation.ts'
import type { Invocation } from './invocation.ts'
import { importRoute } from './modules.ts'

const preparing = new WeakMap<LoadedRoute, Promise<RunRoute>>()

/** Runs the route that an invocation is for; imports its module when it is the first. */
export function dispatch(invocation: Invocation): void {
  const { run } = invocation.target
  if (run !== undefined) {
    waiting.push(invocation)
    settled.then(runNext)
    return
  }
  prepare(invocation.target).then(
    (run) => {
      if (!invocation.aborted) guard(run, invocation)
    },
    (error: unknown) => answerWithError(invocation, error),
  )
}

/**
 * Handlers run as microtasks of their own, though they came in one read: a microtask has its own
 * async context, so that one which calls AsyncLocalStorage.enterWith() does not speak for the next.
 */
const settled = Promise.resolve()
const waiting: Invocation[] = []
let head = 0

function runNext(): void {
  const invocation = waiting[head++]!
  if (head === waiting.length) {
    waiting.length = 0
    head = 0
  }
  if (!invocation.aborted) guard(invocation.target.run!, invocation)
}

function guard(run: RunRoute, invocation: Invocation): void {
  try {
    run(invocation)
  } catch (error) {
    answerWithError(invocation, error)
  }
}

/** Imports a route's module and what runs its kind, once in its generation even where that fails. */
function prepare(target: LoadedRoute): Promise<RunRoute> {
  let promise = preparing.get(target)
  if (promise === undefined) {
    promise = makeRunner(target)
    preparing.set(target, promise)
    promise.then(
      (run) => (target.run = run),
      () => undefined,
    )
  }
  return promise
}

async function makeRunner(target: LoadedRoute): Promise<RunRoute> {
  if (target.route.kind === 'app') {
    const [{ handleAppRoute }, module] = await Promise.all([import('./app/handle.ts'), importRoute(target)])
    return (invocation) => handleAppRoute(invocation, module, target.route)
  }
  const [{ preparePagesRoute }, module] = await Promise.all([import('./pages/handle.ts'), importRoute(target)])
  return preparePagesRoute(target, module)
}
