import type { Headers } from './headers.ts'

/** A cookie of a request. */
export interface RequestCookie {
  name: string
  value: string
}

/** A cookie of a response, with its attributes. */
export interface ResponseCookie extends RequestCookie {
  path?: string | undefined
  domain?: string | undefined
  expires?: Date | number | undefined
  maxAge?: number | undefined
  secure?: boolean | undefined
  httpOnly?: boolean | undefined
  sameSite?: boolean | 'strict' | 'lax' | 'none' | undefined
  partitioned?: boolean | undefined
  priority?: 'low' | 'medium' | 'high' | undefined
}

/** A cookie's name, or a cookie with that name. */
type Named = string | { readonly name: string }

/**
 * Parses a `Cookie` field by name. The last of several cookies with one name applies; values that
 * cannot be decoded are omitted.
 */
export function parseCookies(field: string): Map<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of field.split(/; */)) {
    if (pair === '') continue
    const at = pair.indexOf('=')
    if (at < 0) {
      cookies.set(pair, 'true')
      continue
    }
    const value = decoded(pair.slice(at + 1))
    if (value !== undefined) cookies.set(pair.slice(0, at), value)
  }
  return cookies
}

/** Serializes a cookie as the value of a `Set-Cookie` field, with Next.js's order of attributes. */
export function serializeCookie(cookie: ResponseCookie): string {
  let text = `${cookie.name}=${encodeURIComponent(cookie.value ?? '')}`
  if (cookie.path) text += `; Path=${cookie.path}`
  if (cookie.expires || cookie.expires === 0) {
    text += `; Expires=${(typeof cookie.expires === 'number' ? new Date(cookie.expires) : cookie.expires).toUTCString()}`
  }
  if (typeof cookie.maxAge === 'number') text += `; Max-Age=${cookie.maxAge}`
  if (cookie.domain) text += `; Domain=${cookie.domain}`
  if (cookie.secure) text += '; Secure'
  if (cookie.httpOnly) text += '; HttpOnly'
  if (cookie.sameSite) text += `; SameSite=${cookie.sameSite}`
  if (cookie.partitioned) text += '; Partitioned'
  if (cookie.priority) text += `; Priority=${cookie.priority}`
  return text
}

/** Parses the value of a `Set-Cookie` field; undefined if it contains no cookie. */
export function parseSetCookie(field: string): ResponseCookie | undefined {
  const [first, ...attributes] = parseCookies(field)
  if (first === undefined) return undefined
  const cookie: ResponseCookie = { name: first[0], value: decoded(first[1]) ?? first[1] }
  const given = new Map(
    attributes.map(([name, value]) => [name.toLowerCase().replaceAll('-', ''), value]),
  )
  const read = <K extends keyof ResponseCookie>(
    key: K,
    value: ResponseCookie[K] | undefined,
  ): void => {
    if (value) cookie[key] = value
  }
  read('domain', given.get('domain'))
  const expires = given.get('expires')
  if (expires) cookie.expires = new Date(expires)
  read('httpOnly', given.has('httponly'))
  const maxAge = given.get('maxage')
  if (maxAge !== undefined) read('maxAge', Number(maxAge))
  read('path', given.get('path'))
  read('sameSite', oneOf(['strict', 'lax', 'none'] as const, given.get('samesite')))
  read('secure', given.has('secure'))
  read('priority', oneOf(['low', 'medium', 'high'] as const, given.get('priority')))
  read('partitioned', given.has('partitioned'))
  return cookie
}

/** `NextRequest.cookies`: reads the `Cookie` field, and writes it after each change. */
export class RequestCookies {
  readonly #cookies = new Map<string, RequestCookie>()
  readonly #headers: Headers

  constructor(headers: Headers) {
    this.#headers = headers
    const field = headers.get('cookie')
    if (field)
      for (const [name, value] of parseCookies(field)) this.#cookies.set(name, { name, value })
  }

  get size(): number {
    return this.#cookies.size
  }

  get(cookie: Named): RequestCookie | undefined {
    return this.#cookies.get(nameOf(cookie))
  }

  getAll(cookie?: Named): RequestCookie[] {
    const all = [...this.#cookies.values()]
    return cookie === undefined ? all : all.filter(({ name }) => name === nameOf(cookie))
  }

  has(name: string): boolean {
    return this.#cookies.has(name)
  }

  set(...args: [name: string, value: string] | [cookie: RequestCookie]): this {
    const [name, value] = args.length === 1 ? [args[0].name, args[0].value] : args
    this.#cookies.set(name, { name, value })
    this.#write()
    return this
  }

  /** @returns whether the cookie existed; for several names, an array. */
  delete(names: string): boolean
  delete(names: string[]): boolean[]
  delete(names: string | string[]): boolean | boolean[]
  delete(names: string | string[]): boolean | boolean[] {
    const result = Array.isArray(names)
      ? names.map((name) => this.#cookies.delete(name))
      : this.#cookies.delete(names)
    this.#write()
    return result
  }

  clear(): this {
    this.#cookies.clear()
    this.#write()
    return this
  }

  [Symbol.iterator](): MapIterator<[string, RequestCookie]> {
    return this.#cookies[Symbol.iterator]()
  }

  toString(): string {
    return [...this.#cookies.values()]
      .map(({ name, value }) => `${name}=${encodeURIComponent(value)}`)
      .join('; ')
  }

  #write(): void {
    this.#headers.set('cookie', this.toString())
  }
}

/**
 * `NextResponse.cookies`: reads the `Set-Cookie` fields, and writes all of them after each change.
 */
export class ResponseCookies {
  readonly #cookies = new Map<string, ResponseCookie>()
  readonly #headers: Headers | null
  readonly #changed: (() => void) | null

  /** @param headers to read and write; null stores the cookies only here. */
  constructor(headers: Headers | null, changed: (() => void) | null = null) {
    this.#headers = headers
    this.#changed = changed
    for (const field of headers?.getSetCookie() ?? []) {
      const cookie = parseSetCookie(field)
      if (cookie !== undefined) this.#cookies.set(cookie.name, cookie)
    }
  }

  get(cookie: Named): ResponseCookie | undefined {
    return this.#cookies.get(nameOf(cookie))
  }

  getAll(cookie?: Named): ResponseCookie[] {
    const all = [...this.#cookies.values()]
    return cookie === undefined ? all : all.filter(({ name }) => name === nameOf(cookie))
  }

  has(name: string): boolean {
    return this.#cookies.has(name)
  }

  set(
    ...args:
      | [name: string, value: string, attributes?: Partial<ResponseCookie>]
      | [cookie: ResponseCookie]
  ): this {
    const cookie: ResponseCookie =
      args.length === 1
        ? Object.assign({ name: args[0].name, value: args[0].value }, args[0])
        : { name: args[0], value: args[1], ...args[2] }
    if (typeof cookie.expires === 'number') cookie.expires = new Date(cookie.expires)
    if (cookie.maxAge) cookie.expires = new Date(Date.now() + cookie.maxAge * 1000)
    cookie.path ??= '/'
    this.#cookies.set(cookie.name, cookie)
    this.#write()
    return this
  }

  delete(...args: [name: string] | [cookie: Omit<ResponseCookie, 'value' | 'expires'>]): this {
    const attributes = typeof args[0] === 'string' ? { name: args[0] } : args[0]
    return this.set({ ...attributes, value: '', expires: new Date(0) })
  }

  toString(): string {
    return this.getAll().map(serializeCookie).join('; ')
  }

  #write(): void {
    if (this.#headers !== null) {
      this.#headers.delete('set-cookie')
      for (const cookie of this.#cookies.values())
        this.#headers.append('set-cookie', serializeCookie(cookie))
    }
    this.#changed?.()
  }
}

function nameOf(cookie: Named): string {
  return typeof cookie === 'string' ? cookie : cookie.name
}

function decoded(text: string): string | undefined {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function oneOf<T extends string>(values: readonly T[], text: string | undefined): T | undefined {
  return values.find((value) => value === text?.toLowerCase())
}
