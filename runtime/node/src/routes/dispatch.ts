import { respondWithError } from '../invocation/failure.ts'
import type { LoadedRoute } from '../project/generation.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { loadingNotice } from '../process/loading_notice.ts'
import { importRoute } from '../project/modules.ts'
import { guard, settle } from '../invocation/settle.ts'
import { hasRequestListeners, hasUpgradeListeners } from '../pages/request_listeners.ts'
import { callRequestListeners } from './request_listeners_first.ts'
import { acceptsUpgrades, loadUpgrader, passToUpgradeListeners } from './upgrades.ts'
import { traceRequest } from '../invocation/tracing.ts'
import { runSoon, type RunRoute } from '../invocation/run_soon.ts'

const preparing = new WeakMap<LoadedRoute, Promise<RunRoute>>()

/**
 * Runs the route of an invocation, after the project's request listeners if there are any. The
 * first invocation of a route imports its module.
 */
export function dispatch(invocation: Invocation): void {
  if (invocation.upgrade && hasUpgradeListeners()) dispatchUpgrade(invocation)
  else if (
    !hasRequestListeners() ||
    invocation.fill ||
    invocation.target.route.kind === 'middleware'
  ) {
    runRoute(invocation)
  } else {
    runSoon(
      (invocation) => callRequestListeners(invocation, () => runRoute(invocation)),
      invocation,
    )
  }
}

/**
 * Passes an upgrade to the project's listeners, unless the route accepts upgrades itself. Node.js's
 * server emits no `request` for it.
 */
function dispatchUpgrade(invocation: Invocation): void {
  const { target } = invocation
  const decide = (): void => {
    if (acceptsUpgrades(target)) runRoute(invocation)
    else runSoon(passToUpgradeListeners, invocation)
  }
  if (target.route.engine === 'next' && target.route.kind === 'app')
    settle(invocation, prepareForUpgrade(target), decide, (error) =>
      respondWithError(invocation, error),
    )
  else if (target.run !== undefined) decide()
  else settle(invocation, prepare(target), decide, (error) => respondWithError(invocation, error))
}

/** Prepares a route of `next build`, whose exports are known when its module has been loaded. */
async function prepareForUpgrade(target: LoadedRoute): Promise<void> {
  await prepare(target)
  const { findUpgradeExport } = await import('../next_engine/handle.ts')
  await findUpgradeExport(target)
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
    const [{ prepareNextRoute }, { setUpgrader }] = await Promise.all([
      import('../next_engine/handle.ts'),
      import('../app/upgrades.ts'),
    ])
    setUpgrader(loadUpgrader)
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
    const [{ adaptToNext, handleAppRoute }, { setUpgrader }, { noteUpgradeExport, upgradeExport }] =
      await Promise.all([
        import('../app/handle.ts'),
        import('../app/upgrades.ts'),
        import('../app/exports.ts'),
      ])
    setUpgrader(loadUpgrader)
    // Modules of `next` that the route imports need the request stores.
    adaptToNext(target.generation)
    const module = await importRoute(target)
    if (upgradeExport(module) !== null) noteUpgradeExport(target)
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
