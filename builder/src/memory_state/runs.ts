/**
 * Determines when functions run: while a module is evaluated, or later, for requests. A function
 * that is passed to other code may run later; a method may if code that runs later uses its name.
 */
import type { Ref } from './facts.ts'
import { keyOf, type Module, type Project } from './project.ts'

/** The modules that a server calls, and the exports that it uses. */
export interface Entries {
  readonly routes: readonly string[]
  /** A file whose `register()` runs once, when a worker starts. */
  readonly instrumentation: string | null
}

interface Found {
  readonly module: Module
  readonly fn: number
}

export class Runs {
  readonly #project: Project
  readonly #atStart = new Set<string>()
  readonly #later = new Set<string>()
  readonly #methods = new Map<string, Found[]>()
  readonly #calls = new Map<string, Found[]>()
  readonly #members = new Map<string, string[]>()

  constructor(project: Project, { routes, instrumentation }: Entries) {
    this.#project = project
    for (const module of project.modules.values()) this.#note(module)
    this.#spread(
      [...project.modules.values()].map((module) => ({ module, fn: 0 })),
      this.#atStart,
      false,
    )
    const isLater = (name: string): boolean => name !== 'register'
    const later = [
      ...routes.flatMap((file) => this.#exported(file, () => true)),
      ...(instrumentation === null ? [] : this.#exported(instrumentation, isLater)),
      ...[...project.modules.values()].flatMap((module) => this.#handedOut(module)),
    ]
    this.#spread(later, this.#later, true)
    if (instrumentation !== null)
      this.#spread(
        this.#exported(instrumentation, (name) => !isLater(name)),
        this.#atStart,
        false,
      )
  }

  /** Whether a function runs while modules are evaluated; values that it creates may last. */
  atStart(module: Module, fn: number): boolean {
    return fn === 0 || this.#atStart.has(keyOf(module, fn))
  }

  /** Whether a function may run for a request. */
  later(module: Module, fn: number): boolean {
    return this.#later.has(keyOf(module, fn))
  }

  #note(module: Module): void {
    module.facts.fns.forEach(({ kind, name }, fn) => {
      if (kind === 'method')
        this.#methods.set(name, [...(this.#methods.get(name) ?? []), { module, fn }])
    })
    for (const call of module.facts.calls) {
      const found = this.#project.called(module, call)
      const key = keyOf(module, call.fn)
      if (found.length > 0) this.#calls.set(key, [...(this.#calls.get(key) ?? []), ...found])
    }
    for (const [fn, name] of module.facts.members) {
      const key = keyOf(module, fn)
      const names = this.#members.get(key)
      if (names === undefined) this.#members.set(key, [name])
      else names.push(name)
    }
  }

  #exported(file: string, wanted: (name: string) => boolean): Found[] {
    const module = this.#project.modules.get(file)
    if (module === undefined) return []
    const refs = Object.entries(module.facts.exports).flatMap(([name, given]) =>
      wanted(name) ? given : [],
    )
    const starred = module.facts.stars.map(
      (source): Ref => ({ base: { is: 'import', source, name: '*' }, path: [], fresh: 0 }),
    )
    const passedOn = starred.flatMap((ref) => this.#allOf(module, ref, wanted))
    return [...this.#project.functions(module, refs), ...passedOn]
  }

  #allOf(module: Module, { base }: Ref, wanted: (name: string) => boolean): Found[] {
    const target = base.is === 'import' ? this.#project.target(module, base.source) : null
    return target?.to === 'module' && target.file !== module.file
      ? this.#exported(target.file, wanted)
      : []
  }

  /** Functions that are passed to code which may call them at any time. */
  #handedOut(module: Module): Found[] {
    const { fns, cells, escaping } = module.facts
    const direct = fns.flatMap(({ escapes }, fn) => (escapes ? [{ module, fn }] : []))
    const named = cells.flatMap(({ escapes, values }) =>
      escapes
        ? values.flatMap(({ base }) => (base.is === 'function' ? [{ module, fn: base.fn }] : []))
        : [],
    )
    const imported = escaping.flatMap((ref) =>
      ref.base.is === 'import' && ref.base.name === '*' && ref.path.length === 0
        ? this.#allOf(module, ref, () => true)
        : this.#project.functions(module, [ref]),
    )
    return [...direct, ...named, ...imported].filter(
      ({ module: home, fn }) => home.facts.fns[fn]!.kind !== 'constructor',
    )
  }

  #spread(from: readonly Found[], into: Set<string>, byName: boolean): void {
    const queue = [...from]
    const names = new Set<string>()
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const key = keyOf(next.module, next.fn)
      if (into.has(key)) continue
      into.add(key)
      queue.push(...(this.#calls.get(key) ?? []))
      if (!byName) continue
      for (const name of this.#members.get(key) ?? []) {
        if (names.has(name)) continue
        names.add(name)
        queue.push(...(this.#methods.get(name) ?? []))
      }
    }
  }
}
