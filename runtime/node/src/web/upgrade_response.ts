/** The responses of `NextResponse.upgrade()`: a mark that says how the upgrade is accepted. */
import type { Message, Peer, WSError } from 'crossws'

import type { Response } from './response.ts'

/** Functions that are called for a WebSocket: the hooks of the package `crossws`. */
export interface WebSocketHooks {
  readonly open?: (peer: Peer) => unknown
  readonly message?: (peer: Peer, message: Message) => unknown
  readonly close?: (peer: Peer, details: { code?: number; reason?: string }) => unknown
  readonly error?: (peer: Peer, error: WSError) => unknown
}

export interface UpgradeOptions {
  /** The subprotocol, one of those that the client offers. */
  readonly protocol?: string
  /** Origins of pages that may connect, besides those of the same host. */
  readonly allowedOrigins?: readonly string[]
}

/** How an upgrade is accepted. */
export interface UpgradeMark {
  readonly hooks: WebSocketHooks
  readonly options: UpgradeOptions
}

const hookNames = ['open', 'message', 'close', 'error'] as const
const optionNames = ['protocol', 'allowedOrigins'] as const
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const marks = new WeakMap<object, UpgradeMark>()

/** Returns how the response accepts an upgrade; undefined if it is an ordinary one. */
export function upgradeOf(response: object): UpgradeMark | undefined {
  return marks.get(response)
}

/**
 * Marks a response, so that it accepts an upgrade.
 * @throws TypeError for hooks and options that do not exist or are invalid.
 */
export function markUpgrade<T extends Response>(response: T, hooks: unknown, options: unknown): T {
  const checkedHooks = ownMembers(
    hooks,
    hookNames,
    'NextResponse.upgrade() requires a hooks object',
    'hook',
  )
  for (const [name, hook] of Object.entries(checkedHooks)) {
    if (typeof hook !== 'function')
      throw new TypeError(`NextResponse.upgrade() hook "${name}" must be a function`)
  }
  const given = options === undefined ? {} : options
  const checked = ownMembers(
    given,
    optionNames,
    'NextResponse.upgrade() options must be an object',
    'option',
  )
  const { protocol, allowedOrigins } = checked
  if (protocol !== undefined && (typeof protocol !== 'string' || !token.test(protocol)))
    throw new TypeError(
      'NextResponse.upgrade() option "protocol" must be a valid WebSocket subprotocol token',
    )
  marks.set(response, {
    hooks: checkedHooks as WebSocketHooks,
    options: {
      ...(protocol !== undefined && { protocol: protocol as string }),
      ...(allowedOrigins !== undefined && { allowedOrigins: originsOf(allowedOrigins) }),
    },
  })
  return response
}

/** Returns a copy of an object's own members. @throws TypeError if it is none, or has others. */
function ownMembers(
  given: unknown,
  known: readonly string[],
  message: string,
  kind: string,
): Record<string, unknown> {
  const prototype: unknown =
    typeof given === 'object' && given !== null ? Object.getPrototypeOf(given) : undefined
  if (prototype !== null && prototype !== Object.prototype) throw new TypeError(message)
  const members: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given as object)) {
    if (!known.includes(name))
      throw new TypeError(`NextResponse.upgrade() does not support the "${name}" ${kind}`)
    if (value !== undefined) members[name] = value
  }
  return members
}

function originsOf(given: unknown): string[] {
  if (!Array.isArray(given))
    throw new TypeError('NextResponse.upgrade() option "allowedOrigins" must be an array')
  return given.map((origin: unknown) => {
    const url = typeof origin === 'string' && URL.canParse(origin) ? new URL(origin) : null
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
      throw new TypeError(
        `NextResponse.upgrade() option "allowedOrigins": ${JSON.stringify(origin)} must be an HTTP(S) origin`,
      )
    if (url.href !== `${url.origin}/`)
      throw new TypeError(
        `NextResponse.upgrade() option "allowedOrigins": ${JSON.stringify(origin)} must be an origin without credentials, path, query, or fragment`,
      )
    return url.origin
  })
}
