/**
 * Extracts from a module's syntax what is known of the module alone ({@link ModuleFacts}).
 */
import type {
  AnyNode,
  AssignmentExpression,
  CallExpression,
  Class as ClassNode,
  Function as FunctionNode,
  Identifier,
  NewExpression,
  Node,
} from 'acorn'
import { isFunction } from '../syntax/scopes.ts'
import { changesArgument, usualMutators } from './builtins.ts'
import { isGuarded, purityOf } from './conditions.ts'
import type { Call, Cell, Class, Fn, ModuleFacts, Purity, Ref, Write } from './facts.ts'
import { literalOf } from './literals.ts'
import { ModuleExports } from './module_exports.ts'
import { keyOf, Numbers } from './numbers.ts'
import type { Syntax } from './syntax.ts'
import { refTo, Values } from './values.ts'

const unknown: Purity = { pure: false, calls: [] }

/** Returns the facts of a module. */
export function factsOf(syntax: Syntax): ModuleFacts {
  return new Extraction(syntax).facts
}

class Extraction {
  readonly #syntax: Syntax
  readonly #numbers: Numbers
  readonly #values: Values
  readonly #cells: Cell[]
  readonly #fns: Fn[]
  readonly #classes: Class[]
  readonly #writes: Write[] = []
  readonly #exports: ModuleExports
  readonly #escaping: Ref[] = []
  readonly #members: [number, string][] = []
  readonly facts: ModuleFacts

  constructor(syntax: Syntax) {
    this.#syntax = syntax
    this.#numbers = new Numbers(syntax)
    this.#values = new Values(this.#numbers)
    this.#exports = new ModuleExports(this.#values)
    this.#cells = this.#numbers.variables.map((variable): Cell => {
      const declared = variable.identifiers[0] as unknown as AnyNode | undefined
      const fn =
        variable.scope.type === 'module' || declared === undefined ? 0 : this.#homeOf(declared)
      return { name: variable.name, at: declared?.start ?? 0, fn, values: [], escapes: false }
    })
    this.#fns = this.#numbers.fns.map(({ node, kind, name, cls, escapes }): Fn => {
      const parent = node === null ? 0 : this.#numbers.functionOf(node)
      return {
        kind,
        name,
        cls,
        parent,
        escapes,
        returns: [],
        ...(node === null ? unknown : purityOf(node as AnyNode, this.#numbers, this.#values)),
      }
    })
    this.#classes = this.#numbers.classes.map((node, cls) => this.#class(node, cls))
    for (const node of syntax.nodes) this.#look(node)
    this.facts = {
      cells: this.#cells,
      literals: this.#numbers.literals.map((node) => literalOf(node, this.#numbers, this.#values)),
      fns: this.#fns,
      classes: this.#classes,
      calls: this.#numbers.calls.map((node) => this.#call(node)),
      writes: this.#writes,
      exports: this.#exports.names,
      stars: this.#exports.stars,
      escaping: this.#escaping,
      members: this.#members,
    }
  }

  /**
   * Returns the function whose call creates the variable that is declared at `node`; a function's
   * own name belongs to the function around it.
   */
  #homeOf(node: AnyNode): number {
    const parent = this.#syntax.parent(node)
    return this.#numbers.functionOf(
      parent?.type === 'FunctionDeclaration' && parent.id === (node as unknown) ? parent : node,
    )
  }

  #look(node: AnyNode): void {
    switch (node.type) {
      case 'Identifier':
        return this.#use(node)
      case 'MemberExpression':
        return this.#useMember(node)
      case 'VariableDeclarator':
        return this.#give(node.id as AnyNode, this.#values.of(node.init))
      case 'FunctionDeclaration':
      case 'ClassDeclaration':
        if (node.id) this.#give(node.id, this.#values.of(node))
        if (node.type === 'FunctionDeclaration') this.#parameters(node)
        return
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return this.#parameters(node)
      case 'ReturnStatement':
        this.#fns[this.#numbers.functionOf(node)]!.returns.push(...this.#values.of(node.argument))
        return
      case 'ForOfStatement': {
        const inside = this.#values
          .of(node.right)
          .map((ref) => ({ ...ref, path: [...ref.path, '*'], fresh: Math.max(0, ref.fresh - 1) }))
        const left =
          node.left.type === 'VariableDeclaration' ? node.left.declarations[0]!.id : node.left
        return this.#give(left as AnyNode, inside)
      }
      case 'AssignmentExpression':
        return this.#assign(node)
      case 'UpdateExpression':
        return this.#write(node.argument as AnyNode, node, null, unknown, false)
      case 'UnaryExpression':
        if (node.operator === 'delete')
          this.#write(node.argument as AnyNode, node, null, unknown, false)
        return
      case 'CallExpression':
        return this.#change(node)
      case 'ImportDeclaration':
        return
      case 'ExportNamedDeclaration':
      case 'ExportDefaultDeclaration':
      case 'ExportAllDeclaration':
        return this.#exports.declare(node)
    }
  }

  /** Records a use of a variable or an import other than calling it or reading a member. */
  #use(node: Identifier): void {
    const variable = this.#syntax.variable(node)
    const parent = this.#syntax.parent(node)
    if (
      variable === undefined ||
      parent === undefined ||
      variable.identifiers.includes(node as never)
    )
      return
    const isCalled =
      (parent.type === 'CallExpression' || parent.type === 'NewExpression') &&
      parent.callee === (node as unknown)
    const isLookedInto = parent.type === 'MemberExpression' && parent.object === (node as unknown)
    if (
      isCalled ||
      isLookedInto ||
      parent.type === 'ExportSpecifier' ||
      parent.type === 'ExportDefaultDeclaration'
    )
      return
    if (
      parent.type === 'AssignmentExpression' &&
      /^(?:module\.)?exports\b/.test(this.#syntax.text(parent.left))
    )
      return
    const ref = this.#values.variable(variable)
    if (ref.base.is === 'cell') this.#cells[ref.base.cell]!.escapes = true
    else this.#escaping.push(ref)
  }

  #useMember(node: AnyNode & { type: 'MemberExpression' }): void {
    const name = keyOf(node)
    if (name !== undefined) this.#members.push([this.#numbers.functionOf(node), name])
    const parent = this.#syntax.parent(node)
    const isCalled = parent?.type === 'CallExpression' && parent.callee === (node as unknown)
    const isLookedInto = parent?.type === 'MemberExpression' && parent.object === (node as unknown)
    if (isCalled || isLookedInto || node.object.type !== 'Identifier') return
    this.#escaping.push(...this.#values.of(node).filter(({ base }) => base.is === 'import'))
  }

  #give(pattern: AnyNode, refs: readonly Ref[]): void {
    for (const [identifier, given] of this.#values.pattern(pattern, refs)) {
      const variable = this.#syntax.variable(identifier)
      const cell = variable === undefined ? undefined : this.#numbers.of(variable)
      if (cell !== undefined) this.#cells[cell]!.values.push(...given)
    }
    if (pattern.type === 'ObjectPattern') {
      const fn = this.#numbers.functionOf(pattern)
      for (const property of pattern.properties)
        if (property.type === 'Property') this.#members.push([fn, keyOf(property) ?? '*'])
    }
  }

  #parameters(node: FunctionNode): void {
    const fn = this.#numbers.of(node)
    node.params.forEach((pattern, index) => {
      const given =
        fn === undefined
          ? this.#values.argumentOf(node, index)
          : [refTo({ is: 'parameter', fn, index })]
      this.#give(pattern as AnyNode, given)
    })
    if (fn !== undefined && node.body.type !== 'BlockStatement')
      this.#fns[fn]!.returns.push(...this.#values.of(node.body as AnyNode))
  }

  #assign(node: AssignmentExpression): void {
    const left = node.left as AnyNode
    const isOwn = /^(?:=|\?\?=|\|\|=)$/.test(node.operator)
    const value = isOwn ? this.#values.of(node.right) : null
    if (left.type === 'ObjectPattern' || left.type === 'ArrayPattern') {
      this.#give(left, value ?? [])
      for (const [identifier, given] of this.#values.pattern(left, value ?? []))
        this.#write(identifier, node, given, unknown, false)
      return
    }
    if (this.#assignExport(node)) return
    if (left.type === 'Identifier') this.#give(left, value ?? [])
    const guarded =
      node.operator === '??=' ||
      node.operator === '||=' ||
      isGuarded(this.#numbers, node, this.#syntax.text(left))
    this.#write(
      left,
      node,
      value,
      guarded && isOwn ? purityOf(node.right, this.#numbers, this.#values) : unknown,
      guarded,
    )
  }

  /** Handles `module.exports = …` (here `=`) and `exports.name = …` at the top of a module. */
  #assignExport(node: AssignmentExpression): boolean {
    const found = /^(?:module\.exports|exports)(?:\.(\w+))?$/.exec(this.#syntax.text(node.left))
    if (found === null || this.#numbers.functionOf(node) !== 0) return false
    this.#exports.add(found[1] ?? '=', this.#values.of(node.right))
    return true
  }

  #write(
    left: AnyNode,
    by: Node,
    value: readonly Ref[] | null,
    purity: Purity,
    guarded: boolean,
  ): void {
    const node = left.type === 'ChainExpression' ? left.expression : left
    const fn = this.#numbers.functionOf(by)
    const deletes = by.type === 'UnaryExpression'
    const common = {
      method: null,
      deletes,
      value,
      purity,
      guarded,
      isAwaited: false,
      fn,
      at: node.start,
    }
    if (node.type === 'MemberExpression') {
      const target = this.#values.of(node.object as AnyNode)
      const [whole] = this.#values.of(node)
      // A member of the global object is treated as a variable.
      const isGlobal = whole?.base.is === 'global' && whole.path.length === 0
      this.#writes.push(
        isGlobal
          ? { ...common, target: [whole], member: null }
          : { ...common, target, member: keyOf(node) ?? '*' },
      )
    } else if (node.type === 'Identifier') {
      const variable = this.#syntax.variable(node)
      const target =
        variable === undefined
          ? refTo({ is: 'global', name: node.name })
          : this.#values.variable(variable)
      this.#writes.push({ ...common, target: [target], member: null })
    }
  }

  /** Records calls that change the object they are called on, or their arguments. */
  #change(node: CallExpression): void {
    const { callee } = node
    const fn = this.#numbers.functionOf(node)
    const isAwaited = this.#isAwaited(node)
    const common = {
      deletes: false,
      purity: unknown,
      guarded: false,
      isAwaited,
      fn,
      at: node.start,
    }
    if (callee.type !== 'MemberExpression') return
    if (changesArgument.has(this.#syntax.text(callee))) {
      this.#writes.push({
        ...common,
        target: this.#values.of(node.arguments[0]),
        member: '*',
        method: null,
        value: null,
      })
      return
    }
    const method = keyOf(callee)
    if (method === undefined) return
    const target = this.#values.of(callee.object as AnyNode)
    const mayLast = target.some(
      ({ base }) => base.is === 'cell' || base.is === 'global' || base.is === 'import',
    )
    if (!mayLast && !usualMutators.has(method)) return
    this.#writes.push({
      ...common,
      target,
      member: null,
      method,
      value: this.#values.of(node.arguments.at(-1)),
    })
  }

  #isAwaited(node: Node): boolean {
    const parent = this.#syntax.parent(node)
    if (parent?.type === 'AwaitExpression') return true
    return (
      parent?.type === 'MemberExpression' &&
      parent.object === node &&
      /^(?:then|catch|finally)$/.test(keyOf(parent) ?? '')
    )
  }

  #class(node: ClassNode, cls: number): Class {
    const methods: Record<string, number> = Object.create(null) as Record<string, number>
    const fields: Record<string, Ref[]> = Object.create(null) as Record<string, Ref[]>
    for (const member of node.body.body) {
      if (member.type !== 'MethodDefinition' && member.type !== 'PropertyDefinition') continue
      const name = keyOf(member) ?? '*'
      const fn =
        member.value && isFunction(member.value) ? this.#numbers.of(member.value) : undefined
      if (fn !== undefined) methods[name] = fn
      else if (member.type === 'PropertyDefinition')
        (fields[name] ??= []).push(...this.#values.of(member.value))
    }
    const name = node.id?.name ?? this.#nameAround(node) ?? ''
    return {
      name,
      at: node.start,
      extends: this.#values.of(node.superClass),
      methods: { ...methods, constructor: this.#numbers.constructorOf(cls) },
      fields,
    }
  }

  #nameAround(node: Node): string | undefined {
    const parent = this.#syntax.parent(node)
    return parent?.type === 'VariableDeclarator' && parent.id.type === 'Identifier'
      ? parent.id.name
      : undefined
  }

  #call(node: AnyNode): Call {
    const { callee, args } = partsOf(node)
    return {
      callee: this.#values.of(callee),
      args: args.map((argument) => this.#values.of(argument)),
      fn: this.#numbers.functionOf(node),
      at: node.start,
      isNew: node.type === 'NewExpression',
      isAwaited: this.#isAwaited(node),
    }
  }
}

function partsOf(node: AnyNode): { callee: AnyNode | null; args: readonly AnyNode[] } {
  if (node.type === 'TaggedTemplateExpression')
    return { callee: node.tag as AnyNode, args: node.quasi.expressions }
  if (node.type === 'CallExpression' || node.type === 'NewExpression') {
    const call: CallExpression | NewExpression = node
    return { callee: call.callee as AnyNode, args: call.arguments }
  }
  return { callee: null, args: [] }
}
