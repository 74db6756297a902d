/**
 * Determines from the code around a write whether it happens only once, and whether its value is
 * always the same.
 */
import type { AnyNode, Node } from 'acorn'
import type { Variable } from 'eslint-scope'
import { children, isFunction } from '../syntax/scopes.ts'
import { impureCalls, pureNames } from './builtins.ts'
import type { Purity, Ref } from './facts.ts'
import type { Numbers } from './numbers.ts'
import type { Values } from './values.ts'

/** Whether `node` is only reached if the variable or member `target` was empty before. */
export function isGuarded({ syntax }: Numbers, node: Node, target: string): boolean {
  const asks = (test: AnyNode | null | undefined): boolean =>
    asksForEmptiness(test, target, (found) => syntax.text(found))
  for (
    let at = syntax.parent(node), below: Node = node;
    at !== undefined;
    below = at, at = syntax.parent(at)
  ) {
    if (at.type === 'IfStatement' && at.test !== below && asks(at.test)) return true
    if (at.type === 'ConditionalExpression' && at.test !== below && asks(at.test)) return true
    if (at.type === 'LogicalExpression' && at.right === below && asks(at.left)) return true
    if (
      at.type === 'AssignmentExpression' &&
      at.left !== below &&
      at.right.type === 'LogicalExpression' &&
      asks(at.right.left)
    )
      return true
    if (at.type === 'BlockStatement') {
      const before = at.body.slice(0, at.body.indexOf(below as never))
      if (
        before.some(
          (statement) =>
            statement.type === 'IfStatement' &&
            leaves(statement.consequent) &&
            asks(statement.test),
        )
      )
        return true
    }
    if (isFunction(at)) return false
  }
  return false
}

function asksForEmptiness(
  test: AnyNode | null | undefined,
  target: string,
  text: (node: Node) => string,
): boolean {
  if (!test) return false
  const asks = (below: AnyNode): boolean => asksForEmptiness(below, target, text)
  switch (test.type) {
    case 'Identifier':
    case 'MemberExpression':
      return text(test) === target
    case 'UnaryExpression':
      return (test.operator === '!' || test.operator === 'typeof') && asks(test.argument)
    case 'LogicalExpression':
      return asks(test.left) || asks(test.right)
    case 'BinaryExpression':
      if (!/^[!=]==?$/.test(test.operator)) return false
      return (
        (asks(test.left as AnyNode) && isEmpty(test.right, text)) ||
        (asks(test.right) && isEmpty(test.left as AnyNode, text))
      )
    default:
      return false
  }
}

function isEmpty(node: AnyNode, text: (node: Node) => string): boolean {
  return /^(?:null|undefined|void 0|false|true|["']undefined["'])$/.test(text(node))
}

function leaves(node: AnyNode): boolean {
  const last = node.type === 'BlockStatement' ? node.body.at(-1) : node
  return last?.type === 'ReturnStatement' || last?.type === 'ThrowStatement'
}

/** Whether the code below `root` computes the same value whenever it runs. */
export function purityOf(root: AnyNode, numbers: Numbers, values: Values): Purity {
  const { syntax } = numbers
  const calls: (readonly Ref[])[] = []
  const followed = new Set<Variable>()
  const isOwn = (node: Node): boolean => node.start >= root.start && node.end <= root.end
  const look = (node: AnyNode): boolean => {
    switch (node.type) {
      case 'AwaitExpression':
      case 'YieldExpression':
      case 'ThisExpression':
      case 'ImportExpression':
      case 'TaggedTemplateExpression':
        return false
      case 'Identifier': {
        const variable = syntax.variable(node)
        if (variable === undefined || variable.scope.type === 'module') return true
        if (variable.identifiers.every((declared) => isOwn(declared as unknown as Node)))
          return true
        const given = onlyValue(variable)
        if (given === null || followed.has(variable)) return given !== null
        followed.add(variable)
        return look(given)
      }
      case 'NewExpression':
      case 'CallExpression': {
        const { callee } = node
        const text = syntax.text(callee)
        const name = /^\w+/.exec(text)?.[0] ?? ''
        const isFree =
          rootIdentifier(callee as AnyNode) !== null &&
          syntax.variable(rootIdentifier(callee as AnyNode) as never) === undefined
        if (isFree && !pureNames.has(name) && (name !== 'Math' || text === 'Math.random'))
          return false
        if (isFree && (impureCalls.has(text) || (text === 'Date' && node.arguments.length === 0)))
          return false
        if (!isFree && !isFunction(callee)) calls.push(values.of(callee as AnyNode))
        break
      }
    }
    return children(node).every(look)
  }
  const pure = look(root)
  return { pure, calls: pure ? calls : [] }
}

/** Returns the value that a variable is declared with, if it is never assigned another. */
function onlyValue({ defs, references }: Variable): AnyNode | null {
  const [definition, other] = defs
  const declarator = definition?.node as AnyNode | undefined
  if (
    other !== undefined ||
    definition?.type !== 'Variable' ||
    declarator?.type !== 'VariableDeclarator' ||
    !declarator.init
  )
    return null
  return references.filter((reference) => reference.isWrite()).length === 1 ? declarator.init : null
}

function rootIdentifier(node: AnyNode): AnyNode | null {
  let at = node
  while (
    at.type === 'MemberExpression' ||
    at.type === 'CallExpression' ||
    at.type === 'ChainExpression'
  ) {
    at = (
      at.type === 'MemberExpression'
        ? at.object
        : at.type === 'CallExpression'
          ? at.callee
          : at.expression
    ) as AnyNode
  }
  return at.type === 'Identifier' ? at : null
}
