/**
 * Tells the server how long it may keep an optimised image (`fill`), so that it responds to further
 * requests for it without a worker.
 */
import { lifetimeFields } from '../cache/static_generation.ts'
import type { Invocation } from '../invocation/invocation.ts'

/** An image that the server may keep. */
export interface KeptImage {
  /** Seconds for which it is fresh. */
  readonly lifetime: number
  /** Milliseconds of these that have passed. */
  readonly age: number
  /** Whether it was made for this request. */
  readonly isNew: boolean
}

/** What the server itself writes: the state, and the length of the body. */
const own = /^(?:x-nextjs-cache|content-length):.*\r\n/gim

/** Adds the lifetime to the response of an invocation, which has not begun. */
export function keepImage(invocation: Invocation, { lifetime, age, isNew }: KeptImage): void {
  const respond = invocation.respond.bind(invocation)
  const life = lifetimeFields({ revalidate: lifetime, expire: undefined, tags: [] })
  const state = isNew ? '' : 'x-millrace-cache: HIT\r\n'
  const told = `${life}x-millrace-age: ${age}\r\n${state}`
  invocation.respond = (status, reason, fields, body, end) =>
    respond(status, reason, `${fields.replace(own, '')}${told}`, body, end)
}
