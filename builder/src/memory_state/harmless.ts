/**
 * Decides which changes of long-lived values cannot affect requests: connections being opened,
 * values that are computed once, calls that do not change a package or a container.
 */
import { mutators, usualMutators } from './builtins.ts'
import type { Ref, Write } from './facts.ts'
import type { Kind, Kinds } from './kinds.ts'
import type { PackageNatures } from './package_nature.ts'
import type { Module, Project } from './project.ts'

/** Classifies the writes of a project. */
export class Harmless {
  readonly #project: Project
  readonly #kinds: Kinds
  readonly #natures: PackageNatures

  constructor(project: Project, kinds: Kinds, natures: PackageNatures) {
    this.#project = project
    this.#kinds = kinds
    this.#natures = natures
  }

  /** Whether no request can observe the write. */
  isHarmless(module: Module, write: Write): boolean {
    const { target, method, member, value, guarded, purity, isAwaited } = write
    if (method !== null) return this.#isHarmlessCall(module, target, method, value, isAwaited)
    if (value === null)
      return this.#project.follow(module, target).some(({ target: led }) => led?.to === 'package')
    if (member !== null && this.#project.follow(module, target)[0]?.target?.to === 'package')
      return true
    const isSetup =
      (guarded && (this.#returnsNothing(module, write.fn) || this.#opens(module, write.fn))) ||
      (member !== null && this.#holdsClient(module, target))
    const kinds = this.#kinds.of(module, value)
    const isConstant = kinds.length > 0 && kinds.every(({ is }) => is === 'constant')
    if (guarded && !isConstant && this.#kinds.isPure(module, purity)) return true
    return kinds.length > 0 && kinds.every((kind) => isHarmlessValue(kind, guarded, isSetup))
  }

  /** Whether a function returns nothing and has no parameters: a handler has one or the other. */
  #returnsNothing(module: Module, fn: number): boolean {
    return (
      module.facts.fns[fn]!.returns.length === 0 &&
      !module.facts.cells.some(({ values }) =>
        values.some(({ base }) => base.is === 'parameter' && base.fn === fn),
      )
    )
  }

  /** Whether a function opens a connection and awaits it. */
  #opens(module: Module, fn: number): boolean {
    return module.facts.calls.some(
      (call, number) =>
        call.fn === fn &&
        call.isAwaited &&
        this.#kinds.isClient(module, [
          { base: { is: 'result', call: number }, path: [], fresh: 0 },
        ]),
    )
  }

  /**
   * Whether the target is an object around a client; constants that it records are the client's
   * status.
   */
  #holdsClient(module: Module, target: readonly Ref[]): boolean {
    return this.#project.follow(module, target).some(({ module: home, base, path }) => {
      if (base.is !== 'instance' || path.length > 0) return false
      return this.#project
        .fields(home, base.cls)
        .some((name) => this.#kinds.isClient(home, [{ base, path: [name], fresh: 0 }]))
    })
  }

  #isHarmlessCall(
    module: Module,
    target: readonly Ref[],
    method: string,
    value: readonly Ref[] | null,
    isAwaited: boolean,
  ): boolean {
    const kinds = this.#kinds.of(module, target)
    // The class is unknown: its methods are classified by their names.
    if (kinds.length === 0 || kinds.every(({ is }) => is === 'constant'))
      return (
        isAwaited || !usualMutators.has(method) || this.#isFunctionOfProject(module, target, method)
      )
    return kinds.every((kind) => {
      switch (kind.is) {
        case 'memory':
          return (
            !mutators[kind.type]?.has(method) ||
            (/^(?:set|add|push)$/.test(method) &&
              kind.type !== 'EventEmitter' &&
              value !== null &&
              this.#kinds.isClient(module, value))
          )
        case 'package':
          if (kind.made === 'new') return !this.#natures.changes(kind.specifier, method)
          return !usualMutators.has(method) || !this.#natures.changes(kind.specifier, method)
        case 'instance':
          return (
            this.#project.method(kind.module, kind.cls, method) !== null ||
            !this.#inherits(kind, method)
          )
        case 'clientResult':
          return !mutators['Array']!.has(method)
        case 'unknown':
          return (
            isAwaited ||
            !usualMutators.has(method) ||
            this.#isFunctionOfProject(module, target, method)
          )
        default:
          return true
      }
    })
  }

  #isFunctionOfProject(module: Module, target: readonly Ref[], method: string): boolean {
    return (
      this.#project.functions(
        module,
        target.map((ref) => ({ ...ref, path: [...ref.path, method] })),
      ).length > 0
    )
  }

  /** Whether a method is inherited from a class outside of the project and changes the instance. */
  #inherits({ module, cls }: Kind & { is: 'instance' }, method: string): boolean {
    return this.#project
      .follow(module, module.facts.classes[cls]!.extends)
      .some(({ base, path, target, module: home }) => {
        if (base.is === 'class')
          return this.#inherits({ is: 'instance', module: home, cls: base.cls }, method)
        if (target?.to === 'package')
          return (
            !this.#natures.isClient(target.specifier) &&
            this.#natures.changes(target.specifier, method)
          )
        const name = path.at(-1) ?? (base.is === 'import' || base.is === 'builtin' ? base.name : '')
        const type =
          name === 'default' && target?.to === 'node' && /events$/.test(target.module)
            ? 'EventEmitter'
            : name
        return mutators[type]?.has(method) ?? false
      })
  }
}

function isHarmlessValue(kind: Kind, guarded: boolean, isSetup: boolean): boolean {
  switch (kind.is) {
    case 'client':
      return true
    case 'constant':
      return kind.empty || isSetup
    // Created once; changes inside of it are found where they are made.
    case 'instance':
    case 'function':
    case 'package':
      return guarded
    default:
      return false
  }
}
