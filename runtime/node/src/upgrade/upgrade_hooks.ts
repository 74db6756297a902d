/** Accepts the upgrades that handlers return with `NextResponse.upgrade()`. */
import createAdapter from 'crossws/adapters/node'
import { WebSocketServer } from 'ws'

import { runInContext, type RequestContext } from '../context/context.ts'
import { logRouteError } from '../invocation/failure.ts'
import { settle } from '../invocation/settle.ts'
import { Headers } from '../web/headers.ts'
import type { UpgradeOptions, WebSocketHooks } from '../web/upgrade_response.ts'
import { openTunnel } from './open_tunnel.ts'

/** The most bytes of a message. */
const maxPayload = 16 * 1024 * 1024
/** Fields that the handshake itself sets, and those that a response without a body cannot have. */
const ofHandshake = [
  'connection',
  'content-length',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-protocol',
  'transfer-encoding',
  'upgrade',
]
const connectionKey = Symbol('millrace.websocket')

/** What a handler has accepted. */
interface Connection {
  readonly context: RequestContext
  readonly hooks: WebSocketHooks
  readonly options: UpgradeOptions
  readonly headers: Headers
}

type Peer = Parameters<NonNullable<WebSocketHooks['open']>>[0]
type Adapter = ReturnType<typeof createAdapter>

const accepted = new WeakMap<object, Connection>()
let adapter: Adapter | null = null

/**
 * Accepts the upgrade of a request with hooks.
 * @param headers those of the handler's response, with cookies merged.
 * @throws TypeError if the response has a field of the handshake.
 */
export function acceptWithHooks(
  context: RequestContext,
  hooks: WebSocketHooks,
  options: UpgradeOptions,
  headers: Headers,
): void {
  const { invocation, request } = context
  const fields = new Headers(headers)
  fields.delete('x-middleware-set-cookie')
  for (const name of ofHandshake) {
    if (fields.has(name))
      throw new TypeError(
        `NextResponse.upgrade() cannot set the "${name}" header, which belongs to the handshake.`,
      )
  }
  const offered = (request.headers.get('sec-websocket-protocol') ?? '')
    .split(',')
    .map((name) => name.trim())
  if (options.protocol !== undefined && !offered.includes(options.protocol)) {
    respond(context, 400, 'The selected WebSocket subprotocol was not offered by the client.')
    return
  }
  if (!isAllowed(request.headers.get('origin'), request.headers.get('host'), options)) {
    respond(context, 403, 'WebSocket origin is not allowed.')
    return
  }
  const { req, socket, head } = openTunnel(invocation)
  accepted.set(request, { context, hooks, options, headers: fields })
  adapter ??= makeAdapter()
  const handled = adapter.handleUpgrade(req as never, socket as never, head, request as never)
  settle(invocation, handled, undefined, (error) => {
    throw error
  })
}

function respond({ invocation }: RequestContext, status: number, text: string): void {
  invocation.respond(status, '', 'content-type: text/plain; charset=utf-8\r\n', text, true)
}

/**
 * Whether a page of that origin may connect: one of the same host, or one that the handler allows.
 * Clients other than browsers send no origin.
 */
function isAllowed(
  origin: string | null,
  host: string | null,
  { allowedOrigins }: UpgradeOptions,
): boolean {
  if (origin === null || allowedOrigins?.includes(origin)) return true
  return URL.canParse(origin) && host !== null && new URL(origin).host === host.toLowerCase()
}

function makeAdapter(): Adapter {
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload,
    perMessageDeflate: false,
    // The adapter sends the one that the handler has selected.
    handleProtocols: () => false,
  })
  return createAdapter({
    wss: wss as never,
    hooks: {
      upgrade(request) {
        const connection = accepted.get(request)!
        return {
          headers: connection.headers as unknown as globalThis.Headers,
          ...(connection.options.protocol !== undefined && {
            protocol: connection.options.protocol,
          }),
          context: { [connectionKey]: connection } as Record<string, unknown>,
        }
      },
      open: (peer) => run(peer, ({ open }) => open?.(peer), true),
      message: (peer, message) => run(peer, ({ message: hook }) => hook?.(peer, message), true),
      close: (peer, details) => run(peer, ({ close }) => close?.(peer, details), false),
      error: (peer, error) => run(peer, ({ error: hook }) => hook?.(peer, error), true),
    },
  })
}

/** Calls a hook in the context of the request. An error is logged and closes the WebSocket. */
function run(peer: Peer, call: (hooks: WebSocketHooks) => unknown, closes: boolean): void {
  const { context, hooks } = (peer.context as Record<symbol, Connection>)[connectionKey]!
  const failed = (error: unknown): void => {
    logRouteError(context.invocation, error)
    if (closes) peer.close(1011, 'WebSocket handler failed')
  }
  try {
    const result = runInContext(context, call, hooks)
    if (result instanceof Promise) result.catch(failed)
  } catch (error) {
    failed(error)
  }
}
