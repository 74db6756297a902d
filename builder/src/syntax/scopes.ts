/**
 * Determines which variables a function captures from the functions around it.
 */
import type { AnyNode, Function as FunctionNode, Identifier, Node, Pattern, Program } from 'acorn'

/** A node that declares names. */
interface Scope {
  readonly parent: Scope | null
  readonly names: Set<string>
  /**
   * The function of a function's own scope (its parameters and body); null for a block and for the
   * module.
   */
  readonly owner: FunctionNode | null
}

/** A function and its captured variables. */
export interface FoundFunction {
  readonly node: FunctionNode
  /** Names of variables of the functions around it, in the order of their first use. */
  readonly captured: readonly string[]
  /** The ancestors, the outermost first. */
  readonly parents: readonly Node[]
}

/** Returns all functions of a module for which `wanted` holds. */
export function findFunctions(
  program: Program,
  wanted: (node: FunctionNode, parents: readonly Node[]) => boolean,
): FoundFunction[] {
  const scopes = new Map<Node, Scope>()
  const found: { node: FunctionNode; parents: readonly Node[]; captured: Set<string> }[] = []
  declareAll(program, null, scopes)
  walk(program, [], scopes, scopes.get(program)!, (node, parents, scope) => {
    if (isFunction(node) && wanted(node, parents))
      found.push({ node, parents: [...parents], captured: new Set() })
    if (node.type !== 'Identifier' || !isReference(node, parents)) return
    const home = declaringScope(scope, node.name)
    if (home === null || functionOf(home) === null) return
    for (const one of found) {
      const inside = node.start >= one.node.start && node.end <= one.node.end
      const itself =
        one.node.id?.name === node.name && home.names.has(node.name) && !isWithin(home, one.node)
      if (inside && !itself && !isWithin(home, one.node)) one.captured.add(node.name)
    }
  })
  return found.map(({ captured, ...rest }) => ({ ...rest, captured: [...captured] }))
}

/** Whether a node is a function of any kind. */
export function isFunction(node: Node): node is FunctionNode {
  return (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  )
}

/** Returns the child nodes of a node. */
export function children(node: Node): AnyNode[] {
  const below: AnyNode[] = []
  for (const value of Object.values(node) as unknown[]) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof (one as Node | null)?.type === 'string') below.push(one as AnyNode)
    }
  }
  return below
}

type Visit = (node: AnyNode, parents: readonly Node[], scope: Scope) => void

function walk(
  node: AnyNode,
  parents: Node[],
  scopes: ReadonlyMap<Node, Scope>,
  around: Scope,
  visit: Visit,
): void {
  const scope = scopes.get(node) ?? around
  visit(node, parents, scope)
  parents.push(node)
  for (const below of children(node)) walk(below, parents, scopes, scope, visit)
  parents.pop()
}

/** Creates the scopes of a node and all nodes below it, with the names that they declare. */
function declareAll(node: AnyNode, around: Scope | null, scopes: Map<Node, Scope>): void {
  let scope = around
  if (opensScope(node)) {
    scope = { parent: around, names: new Set(), owner: isFunction(node) ? node : null }
    scopes.set(node, scope)
  }
  if (scope !== null) declare(node, scope, around ?? scope)
  for (const below of children(node)) declareAll(below, scope, scopes)
}

function opensScope(node: Node): boolean {
  if (isFunction(node)) return true
  return [
    'Program',
    'BlockStatement',
    'ForStatement',
    'ForInStatement',
    'ForOfStatement',
    'SwitchStatement',
    'CatchClause',
    'StaticBlock',
    'ClassExpression',
  ].includes(node.type)
}

/** @param around the scope outside of the one that the node itself opens. */
function declare(node: AnyNode, scope: Scope, around: Scope): void {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      // A function's name belongs to the outer scope; a class opens no scope of its own.
      if (node.id) (node.type === 'FunctionDeclaration' ? around : scope).names.add(node.id.name)
      break
    case 'FunctionExpression':
    case 'ClassExpression':
      if (node.id) scope.names.add(node.id.name)
      break
    case 'VariableDeclaration':
      for (const { id } of node.declarations) {
        for (const name of namesOf(id))
          (node.kind === 'var' ? hoisting(scope) : scope).names.add(name)
      }
      break
    case 'CatchClause':
      if (node.param) for (const name of namesOf(node.param)) scope.names.add(name)
      break
    case 'ImportDeclaration':
      for (const { local } of node.specifiers) scope.names.add(local.name)
      break
  }
  if (isFunction(node))
    for (const parameter of node.params)
      for (const name of namesOf(parameter)) scope.names.add(name)
}

function hoisting(scope: Scope): Scope {
  return scope.owner !== null || scope.parent === null ? scope : hoisting(scope.parent)
}

function namesOf(pattern: Pattern): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name]
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? namesOf(element) : []))
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        namesOf(property.type === 'RestElement' ? property.argument : property.value),
      )
    case 'AssignmentPattern':
      return namesOf(pattern.left)
    case 'RestElement':
      return namesOf(pattern.argument)
    default:
      return []
  }
}

/** Whether an identifier refers to a variable, and not to a member, a key or a label. */
function isReference(node: Identifier, parents: readonly Node[]): boolean {
  const parent = parents.at(-1) as AnyNode
  switch (parent.type) {
    case 'MemberExpression':
      return parent.object === node || parent.computed
    case 'Property':
      return parent.value === node || parent.computed
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return parent.value === node || parent.computed
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ClassDeclaration':
    case 'ClassExpression':
      return parent.id !== node
    case 'LabeledStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
    case 'MetaProperty':
    case 'ImportSpecifier':
    case 'ExportSpecifier':
      return false
    default:
      return true
  }
}

function declaringScope(scope: Scope | null, name: string): Scope | null {
  for (let at = scope; at !== null; at = at.parent) if (at.names.has(name)) return at
  return null
}

function functionOf(scope: Scope): FunctionNode | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent)
    if (at.owner !== null) return at.owner
  return null
}

function isWithin(scope: Scope, node: FunctionNode): boolean {
  for (let at: Scope | null = scope; at !== null; at = at.parent) if (at.owner === node) return true
  return false
}
