/**
 * Analyses the modules of a project together: follows values through variables, imports, calls and
 * members, from their use to their origin. The analysis is context-insensitive (a parameter may
 * have the value that any caller passes), so a result means "possible", not "certain".
 */
import type { Base, Call, ModuleFacts, Ref } from './facts.ts'
import { member } from './values.ts'

/** What an import resolves to. */
export type Target =
  | { readonly to: 'module'; readonly file: string }
  /** The project's own data, such as JSON. */
  | { readonly to: 'data'; readonly file: string }
  | { readonly to: 'package'; readonly specifier: string }
  | { readonly to: 'node'; readonly module: string }

/** A module of the project. */
export interface Module {
  readonly file: string
  readonly facts: ModuleFacts
  readonly imports: ReadonlyMap<string, Target>
}

/** A point that a value passes through or originates from. */
export interface Node {
  readonly module: Module
  readonly base: Base
  /** Members that remain to be followed. */
  readonly path: readonly string[]
  readonly fresh: number
  /** Set for an import that resolves outside of the project. */
  readonly target: Target | null
}

/** Limit on the steps of one query; values beyond it count as unknown. */
const maximumSteps = 400
/** Limit on copies of copies that are followed. */
const maximumFresh = 3
/** Methods that put their last argument into the object they are called on. */
const adding = new Set(['set', 'add', 'push', 'unshift'])

export class Project {
  readonly modules: ReadonlyMap<string, Module>
  readonly #callSites = new Map<string, { module: Module; call: Call }[]>()
  /** Values that any code assigns to members of variables and of the global object. */
  readonly #given = new Map<string, { module: Module; refs: readonly Ref[] }[]>()

  readonly #open = new Set<Call>()
  readonly #followed = new Map<string, readonly Node[]>()
  #isComplete = false
  readonly #called = new Map<Call, readonly { module: Module; fn: number }[]>()

  constructor(modules: ReadonlyMap<string, Module>) {
    this.modules = modules
    for (const module of modules.values()) this.#noteGiven(module)
    const sites: [string, { module: Module; call: Call }][] = []
    for (const module of modules.values()) {
      for (const call of module.facts.calls) {
        const called = this.functions(module, call.callee)
        if (called.length > 0) this.#called.set(call, called)
        for (const { module: home, fn } of called) sites.push([keyOf(home, fn), { module, call }])
      }
    }
    for (const [key, site] of sites) {
      const known = this.#callSites.get(key)
      if (known === undefined) this.#callSites.set(key, [site])
      else known.push(site)
    }
    this.#isComplete = true
  }

  /** Returns the points that the values pass through and originate from, nearest first. */
  follow(module: Module, refs: readonly Ref[]): readonly Node[] {
    if (refs.length !== 1) return refs.flatMap((ref) => this.follow(module, [ref]))
    // A result is incomplete, and not cached, while a call is being followed or before all calls
    // are known.
    if (!this.#isComplete || this.#open.size > 0) return this.#followAll(module, refs)
    const [ref] = refs
    const key = nameOf(module, ref!)
    let found = this.#followed.get(key)
    if (found === undefined) {
      found = this.#followAll(module, refs)
      this.#followed.set(key, found)
    }
    return found
  }

  #followAll(module: Module, refs: readonly Ref[]): Node[] {
    const found: Node[] = []
    const seen = new Set<string>()
    const queue = refs.map((ref) => ({ module, ref }))
    for (
      let next = queue.shift();
      next !== undefined && seen.size < maximumSteps;
      next = queue.shift()
    ) {
      const { ref } = next
      const key = nameOf(next.module, ref)
      if (seen.has(key)) continue
      seen.add(key)
      const target = ref.base.is === 'import' ? this.target(next.module, ref.base.source) : null
      if (target === null || target.to !== 'module')
        found.push({
          module: next.module,
          base: ref.base,
          path: ref.path,
          fresh: ref.fresh,
          target,
        })
      queue.push(...this.#behind(next.module, ref, target))
    }
    return found
  }

  /** Returns the functions of the project that a value may be; for a class, its constructor. */
  functions(module: Module, refs: readonly Ref[]): { module: Module; fn: number }[] {
    if (
      refs.every(
        ({ base }) =>
          base.is === 'builtin' ||
          base.is === 'constant' ||
          (base.is === 'import' && this.target(module, base.source)?.to !== 'module'),
      )
    )
      return []
    return this.follow(module, refs).flatMap(({ module: home, base, path }) => {
      if (base.is === 'function' && path.length === 0) return [{ module: home, fn: base.fn }]
      if (base.is === 'class' && path.length === 0)
        return [{ module: home, fn: home.facts.classes[base.cls]!.methods['constructor']! }]
      if ((base.is === 'instance' || base.is === 'class') && path.length === 1) {
        const fn = this.method(home, base.cls, path[0]!)
        return fn === null ? [] : [fn]
      }
      return []
    })
  }

  /** Returns the functions of the project that a call may run. */
  called(module: Module, call: Call): readonly { module: Module; fn: number }[] {
    let found = this.#called.get(call)
    if (found === undefined) {
      // The targets of a call through a parameter are only known when all calls are.
      found = this.functions(module, call.callee)
      this.#called.set(call, found)
    }
    return found
  }

  /** Returns a method of a class or of a class that it extends. */
  method(
    module: Module,
    cls: number,
    name: string,
    depth = 0,
  ): { module: Module; fn: number } | null {
    const found = module.facts.classes[cls]!
    const fn = found.methods[name]
    if (fn !== undefined) return { module, fn }
    if (depth > 8) return null
    for (const { module: home, base } of this.follow(module, found.extends)) {
      const above = base.is === 'class' ? this.method(home, base.cls, name, depth + 1) : null
      if (above !== null) return above
    }
    return null
  }

  /** Returns the names of members that a class assigns to its instances. */
  fields(module: Module, cls: number): string[] {
    const prefix = `${module.file} class ${cls} `
    return [
      ...Object.keys(module.facts.classes[cls]!.fields),
      ...[...this.#given.keys()].flatMap((key) =>
        key.startsWith(prefix) ? [key.slice(prefix.length)] : [],
      ),
    ]
  }

  /** Returns what an import resolves to. */
  target(module: Module, source: string): Target | null {
    return source === ''
      ? { to: 'module', file: module.file }
      : (module.imports.get(source) ?? null)
  }

  #noteGiven(module: Module): void {
    for (const { target, member: name, value, method } of module.facts.writes) {
      if (value === null || (method !== null && !adding.has(method))) continue
      for (const { base, path } of target) {
        if (path.length > 0) continue
        if (method !== null && !(base.is === 'cell' && isContainer(module, base.cell))) continue
        if (method !== null) this.#give(`${module.file} ${nameOfBase(base)} *`, module, value)
        else if (base.is === 'global' && name === null)
          this.#give(`global ${base.name}`, module, value)
        else if (name !== null && base.is === 'cell' && isGlobalObject(module, base.cell))
          this.#give(`global ${name}`, module, value)
        else if (name !== null)
          this.#give(
            `${module.file} ${base.is === 'instance' ? `class ${base.cls}` : nameOfBase(base)} ${name}`,
            module,
            value,
          )
      }
    }
  }

  #give(key: string, module: Module, refs: readonly Ref[]): void {
    this.#given.set(key, [...(this.#given.get(key) ?? []), { module, refs }])
  }

  #behind(module: Module, ref: Ref, target: Target | null): { module: Module; ref: Ref }[] {
    const { base, path, fresh } = ref
    const on = (home: Module, refs: readonly Ref[], rest: readonly string[] = path) =>
      refs.map((below) => ({ module: home, ref: inside(below, rest, fresh) }))
    const given = (key: string) =>
      (this.#given.get(key) ?? []).flatMap(({ module: home, refs }) =>
        on(home, refs, path.slice(1)),
      )
    const members =
      path.length === 0
        ? []
        : [...new Set([path[0], '*'])].flatMap((name) =>
            given(`${module.file} ${nameOfBase(base)} ${name}`),
          )
    switch (base.is) {
      case 'cell':
        return [...on(module, module.facts.cells[base.cell]!.values), ...members]
      case 'global':
        return (this.#given.get(`global ${base.name}`) ?? []).flatMap(({ module: home, refs }) =>
          on(home, refs),
        )
      case 'import':
        return target?.to === 'module' ? this.#exported(target.file, base.name, path, fresh) : []
      case 'result':
        return this.#returned(module, module.facts.calls[base.call]!).flatMap(
          ({ module: home, ref: value }) => on(home, [value]),
        )
      case 'literal': {
        const all = module.facts.literals[base.literal]!.members
        const named =
          path.length === 0
            ? []
            : path[0] === '*'
              ? Object.values(all).flat()
              : [...(all[path[0]!] ?? []), ...(all['*'] ?? [])]
        return [...on(module, named, path.slice(1)), ...members]
      }
      case 'class':
      case 'instance': {
        const fields =
          path.length === 0 ? [] : (module.facts.classes[base.cls]!.fields[path[0]!] ?? [])
        return [
          ...on(module, fields, path.slice(1)),
          ...(path.length === 0 ? [] : given(`${module.file} class ${base.cls} ${path[0]}`)),
          ...members,
        ]
      }
      case 'parameter':
        return (this.#callSites.get(keyOf(module, base.fn)) ?? []).flatMap(
          ({ module: home, call }) => on(home, call.args[base.index] ?? []),
        )
      default:
        return members
    }
  }

  /** Returns the export of a name, through modules that export it again. */
  #exported(
    file: string,
    name: string,
    path: readonly string[],
    fresh: number,
    seen: ReadonlySet<string> = new Set(),
  ): { module: Module; ref: Ref }[] {
    const module = this.modules.get(file)
    if (module === undefined || seen.has(file)) return []
    const { exports, stars } = module.facts
    if (name === '*' && path.length > 0)
      return this.#exported(file, path[0]!, path.slice(1), fresh, seen)
    const all = exports['=']
    const refs = exports[name] ?? (name === 'default' ? all : all?.map((ref) => member(ref, name)))
    if (refs !== undefined) return refs.map((ref) => ({ module, ref: inside(ref, path, fresh) }))
    return stars.flatMap((source) => {
      const target = this.target(module, source)
      return target?.to === 'module'
        ? this.#exported(target.file, name, path, fresh, new Set([...seen, file]))
        : []
    })
  }

  #returned(module: Module, call: Call): { module: Module; ref: Ref }[] {
    // The callee may depend on the call's own result.
    if (this.#open.has(call)) return []
    this.#open.add(call)
    const found = this.#returnedBy(module, call)
    this.#open.delete(call)
    return found
  }

  #returnedBy(module: Module, call: Call): { module: Module; ref: Ref }[] {
    return this.follow(module, call.callee).flatMap(
      ({ module: home, base, path }): { module: Module; ref: Ref }[] => {
        if (base.is === 'class' && path.length === 0 && call.isNew)
          return [
            { module: home, ref: { base: { is: 'instance', cls: base.cls }, path: [], fresh: 0 } },
          ]
        if (base.is === 'function' && path.length === 0)
          return home.facts.fns[base.fn]!.returns.map((ref) => ({ module: home, ref }))
        const fn =
          (base.is === 'instance' || base.is === 'class') && path.length === 1
            ? this.method(home, base.cls, path[0]!)
            : null
        return fn === null
          ? []
          : fn.module.facts.fns[fn.fn]!.returns.map((ref) => ({ module: fn.module, ref }))
      },
    )
  }
}

/** Whether a variable holds an array, an object or a built-in container. */
function isContainer({ facts }: Module, cell: number): boolean {
  return facts.cells[cell]!.values.some(({ base, path }) => {
    if (path.length > 0) return false
    return (
      base.is === 'literal' ||
      (base.is === 'result' &&
        facts.calls[base.call]!.isNew &&
        facts.calls[base.call]!.callee.every((callee) => callee.base.is === 'builtin'))
    )
  })
}

/** Returns a key that identifies a value within the project. */
function nameOf(module: Module, { base, path, fresh }: Ref): string {
  return `${module.file} ${nameOfBase(base)} ${path.join('.')} ${fresh}`
}

/** Returns a key that identifies a base within its module. */
function nameOfBase(base: Base): string {
  switch (base.is) {
    case 'cell':
      return `v${base.cell}`
    case 'import':
      return `i ${base.source} ${base.name}`
    case 'global':
    case 'builtin':
      return `${base.is} ${base.name}`
    case 'result':
      return `r${base.call}`
    case 'literal':
      return `l${base.literal}`
    case 'function':
      return `f${base.fn}`
    case 'parameter':
      return `p${base.fn} ${base.index}`
    case 'constant':
      return base.empty ? 'empty' : 'constant'
    default:
      return `${base.is} ${base.cls}`
  }
}

/** Whether a variable is an alias of the global object. */
export function isGlobalObject(module: Module, cell: number): boolean {
  return module.facts.cells[cell]!.values.some(
    ({ base, path }) => base.is === 'global' && base.name === '' && path.length === 0,
  )
}

/** Returns a key that identifies a function within the project. */
export function keyOf(module: Module, fn: number): string {
  return `${module.file} ${fn}`
}

/** Returns the value at `path` inside of a value; `fresh` levels of it are a copy. */
function inside(ref: Ref, path: readonly string[], fresh: number): Ref {
  const found = path.reduce(member, ref)
  return { ...found, fresh: Math.min(maximumFresh, Math.max(found.fresh, fresh)) }
}
