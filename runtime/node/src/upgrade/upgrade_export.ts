/** Runs the `UPGRADE` exports of route handlers, as the package `next-ws` does. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { WebSocket, WebSocketServer } from 'ws'

import type { UpgradeExport } from '../app/exports.ts'
import { runInContext, type RequestContext } from '../context/context.ts'
import { logRouteError } from '../invocation/failure.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { settle, whenSettled } from '../invocation/settle.ts'
import { nodeServer } from '../pages/node_server.ts'
import { openTunnel } from './open_tunnel.ts'

/** The second argument of a handler for its parameters. */
interface UpgradeContext {
  readonly params: Record<string, string | string[]>
}

/** An `UPGRADE` export. */
export type UpgradeHandler = (
  client: WebSocket,
  server: WebSocketServer,
  request: unknown,
  context: UpgradeContext,
) => unknown

/** Where `next-ws/server` looks for the two servers. */
const webSocketServerKey = Symbol.for('next-ws.websocket-server')
const httpServerKey = Symbol.for('next-ws.http-server')

/** Accepts the upgrade of an invocation and calls the handler with the client's WebSocket. */
export function runUpgradeExport(
  handler: UpgradeExport,
  invocation: Invocation,
  context: RequestContext,
): void {
  settle(
    invocation,
    webSocketServer(invocation),
    (server) => {
      if (!invocation.aborted) accept(server, handler as UpgradeHandler, invocation, context)
    },
    (error) => {
      throw error
    },
  )
}

function accept(
  server: WebSocketServer,
  handler: UpgradeHandler,
  invocation: Invocation,
  context: RequestContext,
): void {
  const { req, socket, head } = openTunnel(invocation)
  server.handleUpgrade(req as never, socket, head, (client) => {
    server.emit('connection', client, req)
    const failed = (error: unknown): void => {
      logRouteError(invocation, error)
      client.close(1011, 'Internal Server Error')
    }
    try {
      const result = runInContext(context, handler, client, server, context.request, {
        params: invocation.params(),
      })
      if (result instanceof Promise) result.catch(failed)
    } catch (error) {
      failed(error)
    }
  })
}

let made: Promise<WebSocketServer> | null = null

/** Returns the server that all `UPGRADE` exports of the worker share. */
function webSocketServer(invocation: Invocation): Promise<WebSocketServer> {
  made ??= makeWebSocketServer(invocation.target.generation.root)
  // The next request tries again.
  whenSettled(made, () => undefined)
  return made
}

async function makeWebSocketServer(root: string): Promise<WebSocketServer> {
  Reflect.set(globalThis, httpServerKey, nodeServer())
  const given: unknown = Reflect.get(globalThis, webSocketServerKey)
  if (given !== undefined) return given as WebSocketServer
  const { WebSocketServer: Server } = projectsWs(root) ?? (await import('ws'))
  const server = new Server({ noServer: true })
  Reflect.set(globalThis, webSocketServerKey, server)
  return server
}

/** Returns the project's own `ws`, so that its classes are those that the handler imports. */
function projectsWs(root: string): { WebSocketServer: typeof WebSocketServer } | null {
  try {
    const found = createRequire(join(root, 'package.json'))('ws')
    return typeof found?.WebSocketServer === 'function' ? found : null
  } catch {
    return null
  }
}
