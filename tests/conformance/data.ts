/**
 * Represents a JSON value with its place in its file, so that errors in the data name the place.
 */

/** A fault in a data file: the file, the place in it, and what was expected. */
export class DataError extends Error {
  /** Parses the content of a file as checked data. Throws a DataError if it is not JSON. */
  static parse(path: string, content: string): Checked {
    try {
      return new Checked(path, '', JSON.parse(content) as unknown)
    } catch (error) {
      throw error instanceof SyntaxError ? new DataError(`${path}: ${error.message}`) : error
    }
  }
}

/** A value whose type is checked when it is read. */
export class Checked {
  readonly #file: string
  readonly #place: string
  readonly value: unknown

  constructor(file: string, place: string, value: unknown) {
    this.#file = file
    this.#place = place
    this.value = value
  }

  error(message: string): DataError {
    const name =
      typeof this.value === 'object' && this.value && 'name' in this.value
        ? ` (${JSON.stringify(this.value.name)})`
        : ''
    return new DataError(`${this.#file}: ${this.#place || 'the file'}${name}: ${message}`)
  }

  /** Returns another value in the same place: one that the data describe in a shorter way. */
  with(value: unknown): Checked {
    return new Checked(this.#file, this.#place, value)
  }

  #object(): Record<string, unknown> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value))
      throw this.error('expected an object')
    return this.value as Record<string, unknown>
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#object(), key)
  }

  /** Returns the value of a required key. */
  at(key: string): Checked {
    const object = this.#object()
    if (!Object.hasOwn(object, key)) throw this.error(`"${key}" is missing`)
    return new Checked(this.#file, `${this.#place}${this.#place && '.'}${key}`, object[key])
  }

  entries(): [string, Checked][] {
    return Object.keys(this.#object()).map((key) => [key, this.at(key)])
  }

  /** Rejects unknown keys. Returns itself. */
  only(keys: readonly string[]): this {
    for (const key of Object.keys(this.#object())) {
      if (!keys.includes(key))
        throw this.error(`unknown key "${key}"; known keys: ${keys.join(', ')}`)
    }
    return this
  }

  list(): Checked[] {
    if (!Array.isArray(this.value)) throw this.error('expected a list')
    return this.value.map(
      (item, index) => new Checked(this.#file, `${this.#place}[${index}]`, item),
    )
  }

  isText(): boolean {
    return typeof this.value === 'string'
  }

  text(): string {
    if (typeof this.value !== 'string') throw this.error('expected a string')
    return this.value
  }

  number(): number {
    if (typeof this.value !== 'number') throw this.error('expected a number')
    return this.value
  }

  /** Returns the value of a boolean key; absent means false. */
  flag(key: string): boolean {
    if (!this.has(key)) return false
    const { value } = this.at(key)
    if (typeof value !== 'boolean') throw this.at(key).error('expected true or false')
    return value
  }

  pattern(flags = ''): RegExp {
    try {
      return new RegExp(this.text(), flags)
    } catch (error) {
      throw this.error(`not a regular expression: ${(error as Error).message}`)
    }
  }
}
