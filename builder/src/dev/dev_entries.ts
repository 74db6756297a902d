/**
 * Knows which entries of a development server are compiled and up to date: routes, the middleware,
 * the instrumentation file.
 */
import type { Inexactness } from '../base/inexact.ts'
import type { RouteOutput } from '../bundle/types.ts'

/** What is known of an entry that has been compiled. */
export interface CompiledEntry {
  /** The name of its module. */
  readonly name: string
  /** Null for the middleware and instrumentation. */
  readonly output: RouteOutput | null
  readonly needs: readonly Inexactness[]
  /** Whether it throws a compiler's message. */
  readonly isBroken: boolean
}

/** The entries of one project, by file. */
export class DevEntries {
  readonly #compiled = new Map<string, CompiledEntry>()
  /** The entries that were compiled once and are not up to date; the latest last. */
  readonly #stale = new Map<string, CompiledEntry>()

  /** Returns the entry if it is up to date. */
  get(file: string): CompiledEntry | undefined {
    return this.#compiled.get(file)
  }

  /** The entries that are up to date; the latest last. */
  current(): [file: string, entry: CompiledEntry][] {
    return [...this.#compiled]
  }

  /** The files of entries that were compiled once and are not up to date; the latest last. */
  staleFiles(): string[] {
    return [...this.#stale.keys()]
  }

  /** The modules of all entries that were ever compiled. */
  names(): string[] {
    return [...this.#compiled.values(), ...this.#stale.values()].map(({ name }) => name)
  }

  add(file: string, entry: CompiledEntry): void {
    this.#stale.delete(file)
    this.#compiled.delete(file)
    this.#compiled.set(file, entry)
  }

  /** The entry must be compiled again. */
  expire(file: string): void {
    const entry = this.#compiled.get(file)
    if (entry === undefined) return
    this.#compiled.delete(file)
    this.#stale.delete(file)
    this.#stale.set(file, entry)
  }

  expireAll(): void {
    for (const file of [...this.#compiled.keys()]) this.expire(file)
  }

  /** Forgets the entries of other files: they no longer exist. */
  keepOnly(files: ReadonlySet<string>): void {
    for (const entries of [this.#compiled, this.#stale])
      for (const file of [...entries.keys()]) if (!files.has(file)) entries.delete(file)
  }
}
