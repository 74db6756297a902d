/** How app routes accept upgrades to WebSockets: their `UPGRADE` exports, and marked responses. */
import { RequestContext } from '../context/context.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { settle } from '../invocation/settle.ts'
import type { Headers } from '../web/headers.ts'
import type { Response } from '../web/response.ts'
import type { UpgradeMark, UpgradeOptions, WebSocketHooks } from '../web/upgrade_response.ts'
import type { UpgradeExport } from './exports.ts'

/** Accepts upgrades; the code for this is loaded with the first one. */
export interface Upgrader {
  /** Accepts the upgrade and calls the route's `UPGRADE` export with the client's WebSocket. */
  runUpgradeExport(handler: UpgradeExport, invocation: Invocation, context: RequestContext): void
  /** Accepts the upgrade of a request with the hooks of `NextResponse.upgrade()`. */
  acceptWithHooks(
    context: RequestContext,
    hooks: WebSocketHooks,
    options: UpgradeOptions,
    headers: Headers,
  ): void
}

let loadUpgrader: (() => Promise<Upgrader>) | null = null

/** Sets how upgrades are accepted; without it they are served like other requests. */
export function setUpgrader(load: () => Promise<Upgrader>): void {
  loadUpgrader = load
}

/**
 * Passes an upgrade to the route's `UPGRADE` export.
 * @returns false if it is not an upgrade, or the route has no such export.
 */
export function acceptWithExport(invocation: Invocation, handler: UpgradeExport | null): boolean {
  if (!invocation.upgrade || handler === null || loadUpgrader === null) return false
  upgradeWith(loadUpgrader, invocation, (upgrader) =>
    upgrader.runUpgradeExport(handler, invocation, new RequestContext(invocation, false)),
  )
  return true
}

/** Calls `accept` with what accepts upgrades, once it is loaded. */
function upgradeWith(
  load: () => Promise<Upgrader>,
  invocation: Invocation,
  accept: (upgrader: Upgrader) => void,
): void {
  settle(
    invocation,
    load(),
    (upgrader) => {
      if (!invocation.aborted) accept(upgrader)
    },
    (error) => {
      throw error
    },
  )
}

/** Responds to a request without an upgrade, for a route that only accepts upgrades. */
export function respondUpgradeRequired(invocation: Invocation): void {
  invocation.respond(
    426,
    '',
    'cache-control: private, no-cache, no-store, max-age=0, must-revalidate\r\ncontent-type: text/plain; charset=utf-8\r\nsec-websocket-version: 13\r\nupgrade: websocket\r\n',
    'This route only accepts WebSocket upgrade requests.',
    true,
  )
}

/**
 * Accepts the upgrade of a request with a response of `NextResponse.upgrade()`.
 * @param cookies the response's headers with cookies merged, if there are any.
 * @throws Error where an upgrade is not possible.
 */
export function respondToUpgrade(
  response: Response,
  mark: UpgradeMark,
  cookies: Headers | null,
  context: RequestContext,
): void {
  const { invocation } = context
  if (context.edge) throw new Error('NextResponse.upgrade() is not supported in the Edge Runtime.')
  if (context.evaluation !== null) throw staticUpgrade(context)
  if (!invocation.upgrade || loadUpgrader === null) {
    respondUpgradeRequired(invocation)
    return
  }
  const headers = cookies ?? response.headers
  upgradeWith(loadUpgrader, invocation, (upgrader) =>
    upgrader.acceptWithHooks(context, mark.hooks, mark.options, headers),
  )
}

function staticUpgrade({ invocation }: RequestContext): Error {
  return new Error(
    `${invocation.target.route.file}: NextResponse.upgrade() needs a request, but this response is made for the cache; remove \`dynamic = "force-static"\` or \`revalidate\``,
  )
}
