/**
 * Classifies a value by its origin: memory of the process, a client of something outside, or
 * neither.
 */
import {
  copies,
  inside,
  isPureOfNode,
  itself,
  leavesProcess,
  memoryClass,
  nodeClass,
} from './builtins.ts'
import type { Call, Purity, Ref } from './facts.ts'
import type { PackageNatures } from './package_nature.ts'
import type { Module, Node, Project } from './project.ts'

/** A kind of value. */
export type Kind =
  /** A built-in container, by its class. */
  | { readonly is: 'memory'; readonly type: string; readonly empty: boolean }
  /** Reaches out of the process, where the relevant state is kept. */
  | { readonly is: 'client' }
  /** Built in: computes, and keeps nothing that lasts. */
  | { readonly is: 'plain' }
  /** Created by a package that stays within the process. */
  | { readonly is: 'package'; readonly specifier: string; readonly made: 'new' | 'call' | 'itself' }
  | { readonly is: 'instance'; readonly module: Module; readonly cls: number }
  | { readonly is: 'function' }
  | { readonly is: 'constant'; readonly empty: boolean }
  /** A result that a client has returned. */
  | { readonly is: 'clientResult' }
  /** Cannot be determined. */
  | { readonly is: 'unknown' }

/** Names of functions that open what they return, in packages that also have others. */
const opens =
  /^\$?(?:(?:re)?connect|create|open|init|make|build|new|from|client|default$|get(?:client|connection|db|database|pool|redis|prisma)|auth|use|extend|with|setup|configure)/i

const isPassing = (name: string): boolean => /^(?:then|catch|finally|bind)$/.test(name)

export class Kinds {
  readonly #project: Project
  readonly #natures: PackageNatures
  readonly #made = new Map<Call, Kind | null>()

  constructor(project: Project, natures: PackageNatures) {
    this.#project = project
    this.#natures = natures
  }

  /** Returns what the value may be; nothing if nothing is known. */
  of(module: Module, refs: readonly Ref[], depth = 0): Kind[] {
    return this.#project.follow(module, refs).flatMap((node) => this.#kind(node, depth) ?? [])
  }

  /** Whether none of the possible values keeps anything in this process. */
  isClient(module: Module, refs: readonly Ref[], depth = 0): boolean {
    const kinds = this.of(module, refs, depth).filter(
      (kind) => !(kind.is === 'constant' && kind.empty),
    )
    return kinds.length > 0 && kinds.every(({ is }) => is === 'client')
  }

  /** Whether computing a value again gives the same result. */
  isPure(module: Module, { pure, calls }: Purity, depth = 0): boolean {
    return pure && depth < 6 && calls.every((refs) => this.#isPureCall(module, refs, depth))
  }

  #isPureCall(module: Module, refs: readonly Ref[], depth: number): boolean {
    const nodes = this.#project.follow(module, refs)
    const own = this.#project.functions(module, refs)
    if (own.length > 0)
      return own.every(({ module: home, fn }) => this.isPure(home, home.facts.fns[fn]!, depth + 1))
    return nodes.every((node) => {
      if (node.base.is === 'constant') return true
      if (node.target?.to === 'node')
        return isPureOfNode(
          node.target.module,
          node.path[0] ?? (node.base.is === 'import' ? node.base.name : ''),
        )
      if (node.target?.to === 'package') return this.#natures.isSteady(node.target.specifier)
      if (node.base.is === 'result') return this.#isSteadyResult(node.module, node.base.call, depth)
      return node.path.length > 0 || node.base.is === 'builtin'
    })
  }

  /** Handles a method of the result of a call. */
  #isSteadyResult(module: Module, number: number, depth: number): boolean {
    const { callee } = module.facts.calls[number]!
    return depth < 6 && callee.length > 0 && this.#isPureCall(module, callee, depth + 1)
  }

  #kind({ module, base, path, target }: Node, depth: number): Kind | null {
    switch (base.is) {
      case 'constant':
        return path.length > 0 ? null : { is: 'constant', empty: base.empty }
      case 'literal': {
        const { type, empty } = module.facts.literals[base.literal]!
        return path.length > 0
          ? null
          : { is: 'memory', type: type === 'array' ? 'Array' : 'Object', empty }
      }
      case 'function':
        return path.length > 0 ? null : { is: 'function' }
      case 'instance':
        return path.length > 0 ? null : { is: 'instance', module, cls: base.cls }
      case 'import':
        return target === null ? { is: 'unknown' } : this.#imported(target)
      case 'result':
        return this.#result(module, base.call, path, depth)
      case 'builtin':
        return { is: 'plain' }
      case 'class':
        return path.length > 0 ? null : { is: 'function' }
      default:
        return null
    }
  }

  #imported(target: NonNullable<Node['target']>): Kind | null {
    if (target.to === 'data') return { is: 'memory', type: 'Data', empty: false }
    if (target.to === 'node') return { is: leavesProcess(target.module) ? 'client' : 'plain' }
    if (target.to === 'module') return null
    return this.#natures.isClient(target.specifier)
      ? { is: 'client' }
      : { is: 'package', specifier: target.specifier, made: 'itself' }
  }

  /** Returns what a call, or `new`, creates; null if the functions that it calls determine it. */
  #result(module: Module, number: number, path: readonly string[], depth: number): Kind | null {
    const call = module.facts.calls[number]!
    if (depth > 4) return { is: 'unknown' }
    let kind = this.#made.get(call)
    if (kind === undefined) {
      // A call whose result leads back to itself contributes nothing.
      this.#made.set(call, null)
      kind = this.#makes(module, call, depth)
      this.#made.set(call, kind)
    }
    if (kind === null || path.length === 0) return kind
    return (kind.is === 'client' && path.some(isPassing)) ||
      kind.is === 'package' ||
      kind.is === 'memory'
      ? null
      : kind
  }

  #makes(module: Module, call: Call, depth: number): Kind | null {
    const { callee, args, isNew, isAwaited: awaited } = call
    // A call with a constant argument requests a result; a call that opens something passes its
    // options.
    const isAwaited = awaited && (args[0] ?? []).some(({ base }) => base.is === 'constant')
    if (this.#project.called(module, call).length > 0) return null
    const made = this.#project
      .follow(module, callee)
      .flatMap((node) => this.#madeBy(node, isNew, isAwaited, depth) ?? [])
    const [kind] = made
    if (kind === undefined) return { is: 'unknown' }
    if (kind.is === 'memory' && isNew) return { ...kind, empty: args.length === 0 }
    // A package's object that is given a client leaves its state to the client.
    if (kind.is === 'clientResult' && !awaited && this.#isCalledInto(module, call))
      return { is: 'client' }
    const isGivenClient =
      kind.is === 'package' && args.some((refs) => this.#holdsClient(module, refs, depth))
    return isGivenClient ? { is: 'client' } : kind
  }

  /**
   * Whether methods of a call's result are called at once, which is impossible for a promise: the
   * result is a part of the client.
   */
  #isCalledInto({ facts: { calls, cells } }: Module, call: Call): boolean {
    const number = calls.indexOf(call)
    const named = new Set(
      cells.flatMap(({ values }, cell) =>
        values.some(({ base }) => base.is === 'result' && base.call === number) ? [cell] : [],
      ),
    )
    return calls.some(({ callee }) =>
      callee.some(
        ({ base, path }) =>
          base.is === 'cell' && named.has(base.cell) && path.length === 1 && !isPassing(path[0]!),
      ),
    )
  }

  #madeBy(
    { module, base, path, target }: Node,
    isNew: boolean,
    isAwaited: boolean,
    depth: number,
  ): Kind | null {
    const last = path.at(-1)
    if (base.is === 'builtin') {
      const type =
        isNew || base.name === 'Array' || base.name === 'Object'
          ? memoryClass(path.length > 0 ? last! : base.name)
          : null
      return type === null
        ? { is: base.name === 'fetch' ? 'unknown' : 'plain' }
        : { is: 'memory', type, empty: false }
    }
    if (base.is === 'import' && target?.to === 'node') {
      const type = nodeClass(target.module, last ?? (base.name === '*' ? 'default' : base.name))
      if (type !== null) return { is: 'memory', type, empty: true }
      return { is: leavesProcess(target.module) ? 'client' : 'plain' }
    }
    if (base.is === 'import' && target?.to === 'package') {
      const isClient = this.#natures.isClient(target.specifier)
      if (!isClient)
        return { is: 'package', specifier: target.specifier, made: isNew ? 'new' : 'call' }
      const name = last ?? base.name
      // A result that is called and awaited keeps nothing of its own.
      return isNew || (opens.test(name) && !(isAwaited && name === 'default'))
        ? { is: 'client' }
        : { is: 'clientResult' }
    }
    if (base.is === 'result' && last !== undefined) {
      const container = this.#result(module, base.call, [], depth + 1)
      // The contents of a container are followed separately.
      if (container?.is === 'memory')
        return inside.has(last) || itself.has(last) || copies.has(last)
          ? { is: 'constant', empty: true }
          : null
      if (container?.is === 'package') return { ...container, made: 'call' }
      if (container?.is !== 'client')
        return container?.is === 'clientResult' || container?.is === 'plain' ? container : null
      if (opens.test(last) || isPassing(last)) return container
      return itself.has(last) ? { is: 'constant', empty: true } : { is: 'clientResult' }
    }
    return null
  }

  #holdsClient(module: Module, refs: readonly Ref[], depth: number): boolean {
    if (this.of(module, refs, depth + 1).some(({ is }) => is === 'client')) return true
    return refs.some(
      ({ base }) =>
        base.is === 'literal' &&
        Object.values(module.facts.literals[base.literal]!.members).some((member) =>
          this.of(module, member, depth + 1).some(({ is }) => is === 'client'),
        ),
    )
  }
}
