import { answerWithError } from '../invocation/failure.ts'
import type { LoadedRoute } from '../project/generation.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { loadingNotice } from '../process/loading_notice.ts'
import { importRoute } from '../project/modules.ts'
import { guard, settle } from '../invocation/settle.ts'
import { isHeard } from '../pages/request_listeners.ts'
import { tellListeners } from './listeners_first.ts'
import { traceRequest } from '../invocation/tracing.ts'
import { runSoon, type RunRoute } from '../invocation/turns.ts'

const preparing = new WeakMap<LoadedRoute, Promise<RunRoute>>()

/**
 * Runs the route that an invocation is for, unless somebody takes requests first; imports its
 * module when it is the first.
 */
export function dispatch(invocation: Invocation): void {
  if (!isHeard() || invocation.fill || invocation.target.route.kind === 'middleware') {
    runRoute(invocation)
  } else {
    runSoon((invocation) => tellListeners(invocation, () => runRoute(invocation)), invocation)
  }
}

function runRoute(invocation: Invocation): void {
  const run = invocation.target.run as RunRoute | undefined
  if (run !== undefined) {
    guard(invocation, run)
    return
  }
  settle(
    invocation,
    prepare(invocation.target),
    (run) => {
      if (!invocation.aborted) run(invocation)
    },
    (error) => answerWithError(invocation, error),
  )
}

/**
 * Imports a route's module and what runs its kind, once in its generation even where that fails.
 */
export function prepare(target: LoadedRoute): Promise<RunRoute> {
  let promise = preparing.get(target)
  if (promise === undefined) {
    const end = loadingNotice.begin()
    promise = makeRunner(target)
    preparing.set(target, promise)
    promise
      .then((run) => (target.run = run))
      .finally(end)
      .catch(() => undefined)
  }
  return promise
}

async function makeRunner(target: LoadedRoute): Promise<RunRoute> {
  if (target.route.engine === 'next') {
    const { prepareNextRoute } = await import('../next_engine/handle.ts')
    return prepareNextRoute(target, prepare)
  }
  if (target.route.kind === 'middleware') {
    const [{ prepareMiddleware }, module] = await Promise.all([
      import('../middleware/handle.ts'),
      importRoute(target),
    ])
    const run = prepareMiddleware(target, module)
    return (invocation) => runSoon(run, invocation)
  }
  if (target.route.kind === 'app') {
    const { adaptToNext, handleAppRoute } = await import('../app/handle.ts')
    // What the module imports of `next` finds the stores of requests.
    adaptToNext(target.generation)
    const module = await importRoute(target)
    const run: RunRoute = (invocation) => handleAppRoute(invocation, module, target.route)
    const traced: RunRoute = (invocation) => traceRequest(invocation, run)
    return (invocation) => runSoon(traced, invocation)
  }
  const [{ preparePagesRoute }, module] = await Promise.all([
    import('../pages/handle.ts'),
    importRoute(target),
  ])
  return preparePagesRoute(target, module)
}
