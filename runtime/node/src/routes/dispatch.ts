import { respondWithError } from '../invocation/failure.ts'
import type { LoadedRoute } from '../project/generation.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { loadingNotice } from '../process/loading_notice.ts'
import { importRoute } from '../project/modules.ts'
import { guard, settle } from '../invocation/settle.ts'
import { hasRequestListeners } from '../pages/request_listeners.ts'
import { callRequestListeners } from './request_listeners_first.ts'
import { traceRequest } from '../invocation/tracing.ts'
import { runSoon, type RunRoute } from '../invocation/run_soon.ts'

const preparing = new WeakMap<LoadedRoute, Promise<RunRoute>>()

/**
 * Runs the route of an invocation, after the project's request listeners if there are any. The
 * first invocation of a route imports its module.
 */
export function dispatch(invocation: Invocation): void {
  if (!hasRequestListeners() || invocation.fill || invocation.target.route.kind === 'middleware') {
    runRoute(invocation)
  } else {
    runSoon(
      (invocation) => callRequestListeners(invocation, () => runRoute(invocation)),
      invocation,
    )
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
    (error) => respondWithError(invocation, error),
  )
}

/**
 * Imports a route's module and the code that runs its kind, once for each generation even if that
 * fails.
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
    // Modules of `next` that the route imports need the request stores.
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
