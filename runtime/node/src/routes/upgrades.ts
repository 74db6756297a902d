/**
 * Which code accepts an upgrade: a route that is made for it, or the project's listeners. The code
 * that does is loaded with the first upgrade.
 */
import { respondWithError } from '../invocation/failure.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { settle } from '../invocation/settle.ts'
import type { LoadedRoute } from '../project/generation.ts'
import { hasUpgradeExport } from '../app/exports.ts'
import type { Upgrader } from '../app/upgrades.ts'

/**
 * Whether a route gets an upgrade although the project has listeners for upgrades: one with an
 * `UPGRADE` export, or an app route for a single path, which may accept it with
 * `NextResponse.upgrade()`. A route with parameters may match the path of a listener by chance.
 */
export function acceptsUpgrades(target: LoadedRoute): boolean {
  const { kind, parameters } = target.route
  return hasUpgradeExport(target) || (kind === 'app' && parameters.length === 0)
}

/** Loads the code that accepts the upgrades of app routes. */
export async function loadUpgrader(): Promise<Upgrader> {
  const [{ runUpgradeExport }, { acceptWithHooks }] = await Promise.all([
    import('../upgrade/upgrade_export.ts'),
    import('../upgrade/upgrade_hooks.ts'),
  ])
  return { runUpgradeExport, acceptWithHooks }
}

/** Passes an upgrade to the project's listeners. */
export function passToUpgradeListeners(invocation: Invocation): void {
  settle(
    invocation,
    import('../upgrade/open_tunnel.ts'),
    ({ emitUpgrade }) => {
      if (!invocation.aborted) emitUpgrade(invocation)
    },
    (error) => respondWithError(invocation, error),
  )
}
