/**
 * Finds memory state: values of a project that outlive a request and that code which runs for
 * requests changes. `next start` is one process, so such code works there; with several workers
 * each has its own copy. Only the project's own modules are analysed. A connection that is opened
 * once, and a value that is computed once, is not state: each worker may have its own. If in doubt,
 * a value counts as state (docs/pools.md).
 */
import { readingMethods, readsOnly } from './builtins.ts'
import type { Call, Ref, Write } from './facts.ts'
import { Harmless } from './harmless.ts'
import { Kinds } from './kinds.ts'
import type { PackageNatures } from './package_nature.ts'
import { isGlobalObject, type Module, type Node, Project } from './project.ts'
import { type Entries, Runs } from './runs.ts'

/** A value in memory that code for requests changes. */
export interface Found {
  /** Absolute path of the module that holds it. */
  readonly file: string
  /** Its position in the code after types are removed. */
  readonly at: number
  readonly name: string
}

/** Analyses all modules. */
export function findState(
  modules: ReadonlyMap<string, Module>,
  entries: Entries,
  natures: PackageNatures,
): Found[] {
  return new Search(modules, entries, natures).found()
}

const removing = new Set(['delete', 'clear', 'del', 'reset'])

interface Holder extends Found {
  readonly key: string
}

class Search {
  readonly #project: Project
  readonly #runs: Runs
  readonly #kinds: Kinds
  readonly #natures: PackageNatures
  readonly #harmless: Harmless
  /** Long-lived instances of the project's classes, by class. */
  readonly #kept = new Map<string, Holder>()
  readonly #found = new Map<string, Holder>()
  /** Holders to which only clients are added: removing them changes nothing. */
  readonly #clientsOnly = new Set<string>()

  constructor(modules: ReadonlyMap<string, Module>, entries: Entries, natures: PackageNatures) {
    this.#project = new Project(modules)
    this.#runs = new Runs(this.#project, entries)
    this.#kinds = new Kinds(this.#project, natures)
    this.#natures = natures
    this.#harmless = new Harmless(this.#project, this.#kinds, natures)
  }

  found(): Found[] {
    const writes = [...this.#project.modules.values()].flatMap((module) =>
      module.facts.writes.map((write) => ({ module, write })),
    )
    const later = writes.filter(({ module, write }) => this.#runs.later(module, write.fn))
    this.#keepInstances()
    const removals: (() => void)[] = []
    for (const { module, write } of later) {
      const holders = this.#holders(module, write)
      const [first] = holders
      if (first === undefined) continue
      const isRemoval = write.deletes || (write.method !== null && removing.has(write.method))
      const decide = (): void => {
        if (!this.#harmless.isHarmless(module, write)) this.#found.set(first.key, first)
        else if (!isRemoval && write.value !== null && this.#kinds.isClient(module, write.value))
          for (const { key } of holders) this.#clientsOnly.add(key)
      }
      if (!isRemoval) decide()
      else removals.push(() => !holders.some(({ key }) => this.#clientsOnly.has(key)) && decide())
    }
    for (const remove of removals) remove()
    let written: ReadonlySet<string> | undefined
    const isWritten = (key: string): boolean => {
      written ??= new Set(
        writes.flatMap(({ module, write }) =>
          this.#project
            .follow(module, write.target)
            .flatMap((node) => this.#nameOf(node)?.key ?? []),
        ),
      )
      return written.has(key)
    }
    for (const module of this.#project.modules.values()) {
      for (const call of module.facts.calls) {
        if (!this.#runs.later(module, call.fn)) continue
        this.#lookAtCallee(module, call)
        this.#lookAtArguments(module, call, isWritten)
      }
    }
    return [...this.#found.values()].map(({ file, at, name }) => ({ file, at, name }))
  }

  /** Returns the long-lived ones among the values that a write changes. */
  #holders(module: Module, write: Write): Holder[] {
    const { target, member, method, fn } = write
    // Assigning a variable changes the variable alone.
    const isVariable = member === null && method === null
    const nodes = isVariable
      ? this.#project.follow(module, target).slice(0, 1)
      : this.#project.follow(module, target).filter(({ fresh }) => fresh === 0)
    return nodes.flatMap((node) =>
      this.#lasts(node, module, fn)
        ? (this.#nameOf(node, member, { file: module.file, at: write.at }) ?? [])
        : [],
    )
  }

  #lasts({ module, base, path, target }: Node, from: Module, fn: number): boolean {
    switch (base.is) {
      case 'cell': {
        const home = module.facts.cells[base.cell]!.fn
        if (isGlobalObject(module, base.cell)) return false
        return home === 0 || (this.#runs.atStart(module, home) && (module !== from || home !== fn))
      }
      case 'literal': {
        const home = module.facts.literals[base.literal]!.fn
        return this.#runs.atStart(module, home) && (module !== from || home !== fn)
      }
      case 'instance':
        return this.#keptAs(module, base.cls) !== undefined
      case 'global':
      case 'class':
        return true
      case 'import':
        return target?.to === 'data' || (target?.to === 'package' && path.length === 0)
      default:
        return false
    }
  }

  /** Returns the name by which the value is reported to the user. */
  #nameOf(
    node: Node,
    member: string | null = null,
    writer: { file: string; at: number } | null = null,
  ): Holder | null {
    const { module, base, path, target } = node
    const { facts, file } = module
    const named = (key: string, name: string, place: { at: number }): Holder => ({
      key: `${file} ${key}`,
      file,
      name,
      at: place.at,
    })
    switch (base.is) {
      case 'cell':
        return named(`cell ${base.cell}`, this.#nameOfCell(node, member), facts.cells[base.cell]!)
      case 'literal':
        return named(
          `literal ${base.literal}`,
          facts.literals[base.literal]!.type === 'array' ? 'an array' : 'an object',
          facts.literals[base.literal]!,
        )
      case 'instance':
        return this.#keptAs(module, base.cls) ?? null
      case 'class': {
        const { name, at } = facts.classes[base.cls]!
        return named(`class ${base.cls}`, [name, path[0] ?? member ?? []].flat().join('.'), { at })
      }
      case 'global':
        return this.#nameOfGlobal(base.name !== '' ? base.name : member, writer)
      case 'import':
        if (target?.to === 'data')
          return { key: `data ${target.file}`, file: target.file, name: 'the data', at: 0 }
        return target?.to === 'package'
          ? named(`package ${target.specifier}`, target.specifier, { at: 0 })
          : null
      default:
        return null
    }
  }

  /** For a class, the name of the static member. */
  #nameOfCell({ module: { facts }, base, path }: Node, member: string | null): string {
    if (base.is !== 'cell') return ''
    const { name, values } = facts.cells[base.cell]!
    const inside = path[0] ?? member
    return inside !== null &&
      values.some((value) => value.base.is === 'class' && value.path.length === 0)
      ? `${name}.${inside}`
      : name
  }

  /**
   * A member of the global object is located where it is first written by that name, or else at the
   * current write.
   */
  #nameOfGlobal(member: string | null, writer: { file: string; at: number } | null): Holder | null {
    if (member === null) return null
    const key = `global ${member}`
    const name = `globalThis.${member}`.replace('.[', '[')
    for (const { file, facts } of this.#project.modules.values()) {
      const write = facts.writes.find(({ target }) =>
        target.some(({ base }) => base.is === 'global' && base.name === member),
      )
      if (write !== undefined) return { key, file, name, at: write.at }
    }
    return writer === null ? null : { key, name, ...writer }
  }

  /**
   * Records instances that are created while modules are evaluated, and those that are stored in
   * long-lived values.
   */
  #keepInstances(): void {
    for (const module of this.#project.modules.values()) {
      const named = new Map<number, Holder>()
      module.facts.cells.forEach(({ values }, cell) => {
        for (const { base } of values)
          if (base.is === 'result')
            named.set(
              base.call,
              this.#nameOf({
                module,
                base: { is: 'cell', cell },
                path: [],
                fresh: 0,
                target: null,
              })!,
            )
      })
      module.facts.calls.forEach((call, number) => {
        if (!call.isNew || !this.#runs.atStart(module, call.fn)) return
        this.#keep(
          module,
          [{ base: { is: 'result', call: number }, path: [], fresh: 0 }],
          (name) =>
            named.get(number) ?? {
              key: `${module.file} call ${number}`,
              file: module.file,
              name,
              at: call.at,
            },
        )
      })
    }
    for (const module of this.#project.modules.values()) {
      for (const write of module.facts.writes) {
        if (write.value === null || write.value.length === 0) continue
        const [holder] = this.#holders(module, write)
        if (holder !== undefined) this.#keep(module, write.value, () => holder)
      }
    }
  }

  #keep(module: Module, refs: readonly Ref[], holder: (name: string) => Holder): void {
    for (const { module: home, base, path } of this.#project.follow(module, refs)) {
      if (base.is !== 'instance' || path.length > 0) continue
      const queue = [{ home, cls: base.cls }]
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        const key = `${next.home.file} ${next.cls}`
        if (this.#kept.has(key)) continue
        const { name, extends: above } = next.home.facts.classes[next.cls]!
        this.#kept.set(key, holder(name))
        for (const found of this.#project.follow(next.home, above))
          if (found.base.is === 'class') queue.push({ home: found.module, cls: found.base.cls })
      }
    }
  }

  #keptAs(module: Module, cls: number): Holder | undefined {
    return this.#kept.get(`${module.file} ${cls}`)
  }

  /**
   * Handles a function that a package has created and that counts calls, such as a rate-limiting
   * middleware.
   */
  #lookAtCallee(module: Module, { callee, fn }: Call): void {
    const nodes = callee.every(
      ({ base, path }) => path.length === 0 && (base.is === 'cell' || base.is === 'parameter'),
    )
      ? this.#project.follow(module, callee)
      : []
    const [holder] = nodes.flatMap((node) =>
      node.base.is === 'cell' && node.path.length === 0 && this.#lasts(node, module, fn)
        ? (this.#nameOf(node) ?? [])
        : [],
    )
    if (holder === undefined) return
    const counts = this.#kinds
      .of(module, callee)
      .some(
        (kind) =>
          kind.is === 'package' && kind.made === 'call' && this.#natures.counts(kind.specifier),
      )
    if (counts) this.#found.set(holder.key, holder)
  }

  /**
   * An empty container that the project never fills, but passes to code outside of the project, is
   * filled there.
   */
  #lookAtArguments(
    module: Module,
    { callee, args, fn }: Call,
    isWritten: (key: string) => boolean,
  ): void {
    if (args.length === 0) return
    const isCandidate = args
      .flat()
      .some(
        ({ base, path, fresh }) =>
          fresh === 0 && path.length === 0 && (base.is === 'cell' || base.is === 'import'),
      )
    if (
      !isCandidate ||
      this.#project.functions(module, callee).length > 0 ||
      callee.some(isReading)
    )
      return
    for (const ref of args.flat()) {
      if (
        ref.path.length > 0 ||
        ref.fresh > 0 ||
        (ref.base.is !== 'cell' && ref.base.is !== 'import')
      )
        continue
      const nodes = this.#project.follow(module, [ref])
      const holders = nodes.flatMap((node) =>
        node.path.length === 0 && this.#lasts(node, module, fn) ? (this.#nameOf(node) ?? []) : [],
      )
      const [holder] = holders
      if (
        holder === undefined ||
        !this.#kinds.of(module, [ref]).some((kind) => kind.is === 'memory' && kind.empty)
      )
        continue
      if (!holders.some(({ key }) => isWritten(key))) this.#found.set(holder.key, holder)
    }
  }
}

function isReading({ base, path }: Ref): boolean {
  if (base.is === 'builtin' && readsOnly.test([base.name, ...path].join('.'))) return true
  if (path.length > 0) return readingMethods.has(path.at(-1)!)
  return base.is === 'import' && readsOnly.test(base.name)
}
