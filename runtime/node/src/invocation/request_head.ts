import type { InvokeFixed } from '../../../../protocol/generated/frames.ts'
import type { LoadedRoute } from '../project/generation.ts'

/**
 * The decoded fixed part of an `invoke` frame, and its texts as one string. Reused for every frame.
 */
export interface InvocationHead extends Omit<InvokeFixed, 'generation' | 'route' | 'fieldsLength'> {
  stream: number
  target: LoadedRoute
  hasBody: boolean
  fill: boolean
  upgrade: boolean
  /** Method, remote address, target, parameters and fields, Latin-1. */
  text: string
}

// The server puts these fields first, in this order, and removes fields of these names from
// requests.
const statusField = 'x-millrace-status: '
const rewrittenQueryField = 'x-millrace-query: '

/** The head of a request, decoded on demand. */
export class RequestHead {
  readonly stream: number
  readonly target: LoadedRoute
  /** HTTP version: 10, 11 or 20. */
  readonly httpVersion: number
  /** Whether the client's connection is TLS. */
  readonly secure: boolean
  readonly remotePort: number
  /** Whether the request has a body; it may still turn out to be empty. */
  readonly hasBody: boolean
  /**
   * Whether the response is for the server's cache: the handler runs without a request of a client.
   */
  readonly fill: boolean
  /** Whether the client offers to switch protocols, which the route may accept. */
  readonly upgrade: boolean

  // One Latin-1 string holds the complete head: one native call decodes it, and the parts are
  // slices of it.
  readonly #text: string
  readonly #remoteAt: number
  readonly #urlAt: number
  readonly #parametersAt: number
  readonly #fieldsAt: number

  constructor(head: InvocationHead) {
    this.stream = head.stream
    this.target = head.target
    this.httpVersion = head.httpVersion
    this.secure = head.secure
    this.remotePort = head.remotePort
    this.hasBody = head.hasBody
    this.fill = head.fill
    this.upgrade = head.upgrade
    this.#text = head.text
    this.#remoteAt = head.methodLength
    this.#urlAt = this.#remoteAt + head.remoteAddressLength
    this.#parametersAt = this.#urlAt + head.targetLength
    this.#fieldsAt = this.#parametersAt + head.parametersLength
  }

  /** The method as received: `GET`. */
  get method(): string {
    const text = this.#text
    if (this.#remoteAt === 3 && text.startsWith('GET')) return 'GET'
    if (this.#remoteAt === 4 && text.startsWith('POST')) return 'POST'
    return text.slice(0, this.#remoteAt)
  }

  /** The client's address as text. */
  get remoteAddress(): string {
    return this.#text.slice(this.#remoteAt, this.#urlAt)
  }

  /** The request target as received, raw, in origin form: `/api/users/1?full=1`. */
  get url(): string {
    return this.#text.slice(this.#urlAt, this.#parametersAt)
  }

  /** Raw parameter values as on the link: joined with one space, percent-encoded. */
  get rawParameters(): string {
    return this.#text.slice(this.#parametersAt, this.#fieldsAt)
  }

  /** The field lines as received, `Name: value\r\n` each, one character a byte. */
  get rawFields(): string {
    const at = this.#after(statusField, this.#fieldsAt)
    return this.#text.slice(this.#after(rewrittenQueryField, at))
  }

  /**
   * The query after rewrites: `name=value` joined with `&`, both percent-encoded, with `[]` after
   * the names of lists. Null if no rewrite has changed the query.
   */
  get rewrittenQuery(): string | null {
    const at = this.#after(statusField, this.#fieldsAt)
    if (!this.#text.startsWith(rewrittenQueryField, at)) return null
    const from = at + rewrittenQueryField.length
    return this.#text.slice(from, this.#text.indexOf('\r\n', from))
  }

  /**
   * The status of a response that sets none: that which the middleware gave it, or that of the
   * failure for which a page is shown.
   */
  get initialStatus(): number {
    if (!this.#text.startsWith(statusField, this.#fieldsAt)) return 200
    const at = this.#fieldsAt + statusField.length
    return Number(this.#text.slice(at, at + 3))
  }

  /** Returns the place after the line of a field of the server, or `at` if it is not there. */
  #after(field: string, at: number): number {
    return this.#text.startsWith(field, at) ? this.#text.indexOf('\r\n', at) + 2 : at
  }

  /**
   * The route's parameters, decoded: a string each, or an array for a catch-all. An optional
   * catch-all that matched nothing is absent. Returns a new object for each call.
   */
  params(): Record<string, string | string[]> {
    const result: Record<string, string | string[]> = {}
    const { parameters } = this.target.route
    if (parameters.length === 0) return result
    const values = this.rawParameters.split(' ')
    for (let i = 0; i < parameters.length; ++i) {
      const { name, kind } = parameters[i]!
      const value = values[i] ?? ''
      if (kind === 'single') result[name] = decode(value)
      else if (value !== '' || kind === 'catch-all') result[name] = value.split('/').map(decode)
    }
    return result
  }
}

function decode(value: string): string {
  return value.includes('%') ? decodeURIComponent(value) : value
}
