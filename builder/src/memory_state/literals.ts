import type { AnyNode } from 'acorn'
import type { Literal, Ref } from './facts.ts'
import { keyOf, type Numbers } from './numbers.ts'
import type { Values } from './values.ts'

/** Returns the facts of an object or array literal. */
export function literalOf(node: AnyNode, numbers: Numbers, values: Values): Literal {
  const members: Record<string, readonly Ref[]> = Object.create(null) as Record<
    string,
    readonly Ref[]
  >
  if (node.type === 'ObjectExpression') {
    for (const property of node.properties)
      if (property.type === 'Property') members[keyOf(property) ?? '*'] = values.of(property.value)
  } else if (node.type === 'ArrayExpression') {
    members['*'] = node.elements.flatMap((element) =>
      element && element.type !== 'SpreadElement' ? values.of(element) : [],
    )
  }
  const parts =
    node.type === 'ObjectExpression'
      ? node.properties
      : node.type === 'ArrayExpression'
        ? node.elements
        : []
  const type = node.type === 'ArrayExpression' ? 'array' : 'object'
  return {
    type,
    at: node.start,
    fn: numbers.functionOf(node),
    members,
    empty: parts.length === 0,
  }
}
