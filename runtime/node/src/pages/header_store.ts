import { codedError } from '../coded_error.ts'
import { lowerName } from '../fields.ts'

/** What a handler may give as a header's value. */
export type HeaderValue = string | number | readonly string[]

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const invalidCharacter = /[^\t\x20-\x7e\x80-\xff]/

/** A response's headers in the order they were first set, found without regard to case. */
export class HeaderStore {
  // Few enough for a search from the front to beat a map.
  #keys: string[] = []
  #names: string[] = []
  #values: HeaderValue[] = []

  get size(): number {
    return this.#keys.length
  }

  get(name: string): HeaderValue | undefined {
    return this.#values[this.#find(name)]
  }

  has(name: string): boolean {
    return this.#find(name) >= 0
  }

  /** Name and value are to have been checked. */
  set(name: string, value: HeaderValue): void {
    const key = lowerName(name)
    const at = this.#keys.indexOf(key)
    if (at < 0) {
      this.#keys.push(key)
      this.#names.push(name)
      this.#values.push(value)
    } else {
      this.#names[at] = name
      this.#values[at] = value
    }
  }

  append(name: string, value: HeaderValue): void {
    const before = this.get(name)
    if (before === undefined) this.set(name, value)
    else this.set(name, [before, value].flat().map(String))
  }

  remove(name: string): void {
    const at = this.#find(name)
    if (at < 0) return
    this.#keys.splice(at, 1)
    this.#names.splice(at, 1)
    this.#values.splice(at, 1)
  }

  /** Lower-case names. */
  keys(): string[] {
    return [...this.#keys]
  }

  /** Names as they were set. */
  names(): string[] {
    return [...this.#names]
  }

  toObject(): Record<string, HeaderValue> {
    const object: Record<string, HeaderValue> = Object.create(null)
    for (let i = 0; i < this.#keys.length; ++i) object[this.#keys[i]!] = this.#values[i]!
    return object
  }

  /** `Name: value\r\n` lines. @param omit a lower-case name to leave out. */
  serialize(omit: string | null): string {
    let block = ''
    for (let i = 0; i < this.#keys.length; ++i) {
      const key = this.#keys[i]!
      if (key === omit) continue
      const name = this.#names[i]!
      const value = this.#values[i]!
      if (typeof value !== 'object') block += `${name}: ${value}\r\n`
      else if (key === 'cookie' && value.length > 1) block += `${name}: ${value.join('; ')}\r\n`
      else for (const item of value) block += `${name}: ${item}\r\n`
    }
    return block
  }

  #find(name: string): number {
    return this.#keys.indexOf(lowerName(name))
  }
}

/** Throws node:http's error for a name that is no token or a value that cannot be sent. */
export function checkHeader(name: unknown, value: unknown): void {
  checkHeaderName(name)
  if (value === undefined) {
    throw codedError(TypeError, 'ERR_HTTP_INVALID_HEADER_VALUE', `Invalid value "undefined" for header "${name}"`)
  }
  if (Array.isArray(value)) for (const item of value) checkText(name as string, String(item))
  else if (typeof value !== 'number') checkText(name as string, String(value))
}

/** Throws node:http's error for a name that is no token. */
export function checkHeaderName(name: unknown): void {
  if (typeof name !== 'string' || !token.test(name)) {
    throw codedError(TypeError, 'ERR_INVALID_HTTP_TOKEN', `Header name must be a valid HTTP token ["${String(name)}"]`)
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
    throw codedError(TypeError, 'ERR_INVALID_CHAR', `Invalid character in header content ["${name}"]`)
  }
}
