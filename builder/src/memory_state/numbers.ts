/**
 * Numbers the functions, classes, literals, calls and variables of a module, so that facts can
 * refer to them.
 */
import type {
  AnyNode,
  CallExpression,
  Class as ClassNode,
  Function as FunctionNode,
  Identifier,
  NewExpression,
  Node,
} from 'acorn'
import type { Variable } from 'eslint-scope'
import { isFunction } from '../syntax/scopes.ts'
import { callsAtOnce } from './builtins.ts'
import type { FunctionKind } from './facts.ts'
import type { Syntax } from './syntax.ts'

/** A numbered function, and what is known from its position alone. */
export interface Numbered {
  /** Null for the module, and for an implicit constructor of a class. */
  readonly node: FunctionNode | null
  readonly kind: FunctionKind
  readonly name: string
  readonly cls: number | null
  readonly escapes: boolean
}

export class Numbers {
  readonly syntax: Syntax
  readonly fns: Numbered[] = [{ node: null, kind: 'module', name: '', cls: null, escapes: false }]
  readonly classes: ClassNode[] = []
  readonly literals: AnyNode[] = []
  readonly calls: (CallExpression | NewExpression | AnyNode)[] = []
  readonly variables: Variable[] = []
  readonly #ids = new Map<unknown, number>()
  readonly #constructors: number[] = []
  readonly #around = new Map<Node, number>()

  constructor(syntax: Syntax) {
    this.syntax = syntax
    for (const node of syntax.nodes)
      if (node.type === 'ClassDeclaration' || node.type === 'ClassExpression') this.#addClass(node)
    for (const node of syntax.nodes) {
      if (isFunction(node)) this.#addFunction(node)
      else if (node.type === 'ObjectExpression' || node.type === 'ArrayExpression')
        this.#add(node, this.literals)
      else if (node.type === 'CallExpression' || node.type === 'NewExpression')
        this.#add(node, this.calls)
      else if (node.type === 'TaggedTemplateExpression' || node.type === 'ImportExpression')
        this.#add(node, this.calls)
      else if (node.type === 'Identifier') this.#addVariable(syntax.variable(node))
    }
  }

  /** Returns the number of a node or a variable, if it has one. */
  of(thing: Node | Variable): number | undefined {
    return this.#ids.get(thing)
  }

  constructorOf(cls: number): number {
    return this.#constructors[cls]!
  }

  /**
   * Returns the function in whose call a node is evaluated: functions that are called where they
   * are written belong to the function around them.
   */
  functionOf(node: Node): number {
    const known = this.#around.get(node)
    if (known !== undefined) return known
    const parent = this.syntax.parent(node)
    let found = 0
    if (parent !== undefined) {
      const field = parent.type === 'PropertyDefinition' && !parent.static && parent.value === node
      const own = isFunction(parent) ? this.#ids.get(parent) : undefined
      found =
        own ?? (field ? this.#constructors[this.classAround(parent)!]! : this.functionOf(parent))
    }
    this.#around.set(node, found)
    return found
  }

  classAround(node: Node): number | undefined {
    for (let at = this.syntax.parent(node); at !== undefined; at = this.syntax.parent(at)) {
      if (at.type === 'ClassDeclaration' || at.type === 'ClassExpression') return this.#ids.get(at)
    }
    return undefined
  }

  /** Whether a function is called where it is written, once or for each of several items. */
  isCalledAtOnce(node: FunctionNode): boolean {
    const parent = this.syntax.parent(node)
    if (parent?.type === 'NewExpression')
      return parent.callee.type === 'Identifier' && parent.callee.name === 'Promise'
    if (parent?.type !== 'CallExpression') return false
    if (parent.callee === (node as unknown)) return true
    const { callee } = parent
    return (
      callee.type === 'MemberExpression' &&
      callee.property.type === 'Identifier' &&
      callsAtOnce.has(callee.property.name)
    )
  }

  #addClass(node: ClassNode): void {
    this.#add(node as AnyNode, this.classes as AnyNode[])
    const written = node.body.body.find(
      (member) => member.type === 'MethodDefinition' && member.kind === 'constructor',
    )
    const cls = this.classes.length - 1
    this.#constructors.push(this.fns.length)
    const value = written?.type === 'MethodDefinition' ? written.value : null
    if (value !== null) this.#ids.set(value, this.fns.length)
    this.fns.push({ node: value, kind: 'constructor', name: 'constructor', cls, escapes: false })
  }

  #addFunction(node: FunctionNode): void {
    if (this.#ids.has(node) || this.isCalledAtOnce(node)) return
    const parent = this.syntax.parent(node)
    const isMember = parent?.type === 'MethodDefinition' || parent?.type === 'PropertyDefinition'
    const isNamed =
      node.type === 'FunctionDeclaration' ||
      (parent?.type === 'VariableDeclarator' && parent.id.type === 'Identifier')
    const isOfLiteral = parent?.type === 'Property'
    this.#ids.set(node, this.fns.length)
    this.fns.push({
      node,
      kind: isMember ? 'method' : 'function',
      name: isMember || isOfLiteral ? (keyOf(parent) ?? '') : (node.id?.name ?? ''),
      cls: isMember ? (this.classAround(node) ?? null) : null,
      escapes: isMember
        ? parent.computed
        : !isNamed && !this.#isExported(node) && !this.#isForTheEnd(node),
    })
  }

  /** `export default () => …` and `exports.x = () => …` are called by importers. */
  #isExported(node: FunctionNode): boolean {
    const parent = this.syntax.parent(node)
    if (parent?.type === 'ExportDefaultDeclaration') return true
    return (
      parent?.type === 'AssignmentExpression' &&
      /^(?:module\.)?exports\b/.test(this.syntax.text(parent.left))
    )
  }

  /** Code that runs when the process ends cannot affect a response. */
  #isForTheEnd(node: FunctionNode): boolean {
    const parent = this.syntax.parent(node)
    return (
      parent?.type === 'CallExpression' &&
      /^process\.(?:on|once|addListener)$/.test(this.syntax.text(parent.callee))
    )
  }

  #addVariable(variable: Variable | undefined): void {
    if (variable === undefined || this.#ids.has(variable)) return
    this.#ids.set(variable, this.variables.length)
    this.variables.push(variable)
  }

  #add(node: AnyNode, to: AnyNode[]): void {
    this.#ids.set(node, to.length)
    to.push(node)
  }
}

/** Returns the name of a member or a property; undefined if it is computed. */
export function keyOf(
  node: { key: AnyNode; computed: boolean } | { property: AnyNode; computed: boolean },
): string | undefined {
  const key = 'key' in node ? node.key : node.property
  if (key.type === 'PrivateIdentifier') return `#${key.name}`
  if (key.type === 'Identifier' && !node.computed) return key.name
  return key.type === 'Literal' && typeof key.value === 'string' ? key.value : undefined
}

/** Whether a variable is a function's parameter. */
export function isParameter(
  variable: Variable,
): variable is Variable & { identifiers: Identifier[] } {
  return variable.defs[0]?.type === 'Parameter'
}
