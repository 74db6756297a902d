import { codedError } from '../base/coded_error.ts'

/** The value of a header as a handler can set it. */
export type HeaderValue = string | number | readonly string[]

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const invalidCharacter = /[^\t\x20-\x7e\x80-\xff]/

/** A response's headers in the order in which they were first set; names are case-insensitive. */
export class HeaderStore {
  // Lower-case name, name and value in turn. There are so few that a linear search is faster than a
  // map.
  readonly #entries: HeaderValue[] = []

  get(key: string): HeaderValue | undefined {
    const at = this.#find(key)
    return at < 0 ? undefined : this.#entries[at + 2]
  }

  has(key: string): boolean {
    return this.#find(key) >= 0
  }

  /** @param key the name in lower case. Name and value must have been checked. */
  set(key: string, name: string, value: HeaderValue): void {
    const at = this.#find(key)
    if (at < 0) {
      this.#entries.push(key, name, value)
    } else {
      this.#entries[at + 1] = name
      this.#entries[at + 2] = value
    }
  }

  /**
   * Returns the header as Node.js stores it, name and value; assigning the value changes the
   * header.
   */
  entry(key: string): { readonly 0: string; 1: HeaderValue } | undefined {
    const entries = this.#entries
    const at = this.#find(key)
    if (at < 0) return undefined
    return {
      0: entries[at + 1] as string,
      get 1() {
        return entries[at + 2]!
      },
      set 1(value: HeaderValue) {
        entries[at + 2] = value
      },
    }
  }

  keys(): string[] {
    const keys: string[] = []
    this.each((key) => keys.push(key))
    return keys
  }

  append(key: string, name: string, value: HeaderValue): void {
    const before = this.get(key)
    this.set(key, name, before === undefined ? value : [before, value].flat().map(String))
  }

  remove(key: string): void {
    const at = this.#find(key)
    if (at >= 0) this.#entries.splice(at, 3)
  }

  /** Calls `visit` for each header in order. */
  each(visit: (key: string, name: string, value: HeaderValue) => void): void {
    for (let i = 0; i < this.#entries.length; i += 3) {
      visit(this.#entries[i] as string, this.#entries[i + 1] as string, this.#entries[i + 2]!)
    }
  }

  /** Returns `Name: value\r\n` lines. @param omit a lower-case name to leave out. */
  serialize(omit: string | null): string {
    const entries = this.#entries
    let block = ''
    for (let i = 0; i < entries.length; i += 3) {
      const key = entries[i]
      if (key === omit) continue
      const name = entries[i + 1] as string
      const value = entries[i + 2]!
      if (typeof value !== 'object') block += name + ': ' + value + '\r\n'
      else if (key === 'cookie' && value.length > 1) block += `${name}: ${value.join('; ')}\r\n`
      else for (const item of value) block += `${name}: ${item}\r\n`
    }
    return block
  }

  #find(key: string): number {
    const entries = this.#entries
    for (let i = 0; i < entries.length; i += 3) if (entries[i] === key) return i
    return -1
  }
}

/** Throws node:http's error for a name that is not a token or a value that cannot be sent. */
export function checkHeader(name: unknown, value: unknown): void {
  checkHeaderName(name)
  if (value === undefined) {
    throw codedError(
      TypeError,
      'ERR_HTTP_INVALID_HEADER_VALUE',
      `Invalid value "undefined" for header "${name}"`,
    )
  }
  if (Array.isArray(value)) for (const item of value) checkText(name as string, String(item))
  else if (typeof value !== 'number') checkText(name as string, String(value))
}

/** Throws node:http's error for a name that is not a token. */
export function checkHeaderName(name: unknown): void {
  if (typeof name !== 'string' || !token.test(name)) {
    throw codedError(
      TypeError,
      'ERR_INVALID_HTTP_TOKEN',
      `Header name must be a valid HTTP token ["${String(name)}"]`,
    )
  }
}

/** Throws node:http's error for a reason phrase that cannot be sent. */
export function checkReason(reason: string): void {
  if (invalidCharacter.test(reason)) {
    throw codedError(TypeError, 'ERR_INVALID_CHAR', 'Invalid character in statusMessage')
  }
}

function checkText(name: string, text: string): void {
  if (invalidCharacter.test(text)) {
    throw codedError(
      TypeError,
      'ERR_INVALID_CHAR',
      `Invalid character in header content ["${name}"]`,
    )
  }
}
