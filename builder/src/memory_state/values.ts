/**
 * Determines which values an expression may have, as far as its own module tells.
 */
import type {
  AnyNode,
  CallExpression,
  Function as FunctionNode,
  Identifier,
  Node,
  Pattern,
} from 'acorn'
import type { Variable } from 'eslint-scope'
import { isFunction } from '../syntax/scopes.ts'
import { copies, inside, itself, passesInside } from './builtins.ts'
import type { Base, Ref } from './facts.ts'
import { keyOf, type Numbers } from './numbers.ts'

const globalNames = new Set(['globalThis', 'global'])
/** Limit on the depth to which an expression is followed. */
const maximumDepth = 12

export const refTo = (base: Base): Ref => ({ base, path: [], fresh: 0 })
const constant = (empty = false): Ref => refTo({ is: 'constant', empty })

/** Returns a member of `ref`. */
export function member(ref: Ref, name: string): Ref {
  if (ref.base.is === 'global' && ref.base.name === '') return refTo({ is: 'global', name })
  if (ref.base.is === 'import' && ref.base.name === '*' && ref.path.length === 0 && name !== '*')
    return { ...ref, base: { ...ref.base, name } }
  return {
    base: ref.base,
    path: [...ref.path, name].slice(0, maximumDepth),
    fresh: Math.max(0, ref.fresh - 1),
  }
}

export class Values {
  readonly #numbers: Numbers

  constructor(numbers: Numbers) {
    this.#numbers = numbers
  }

  of(node: AnyNode | null | undefined, depth = 0): Ref[] {
    if (!node || depth > maximumDepth) return []
    const of = (below: AnyNode | null | undefined): Ref[] => this.of(below, depth + 1)
    switch (node.type) {
      case 'Identifier':
        return [this.#identifier(node)]
      case 'Literal':
        return [constant(node.value === null || node.value === false || node.value === undefined)]
      case 'TemplateLiteral':
        return [constant()]
      case 'UnaryExpression':
        return [constant(node.operator === 'void')]
      case 'MemberExpression': {
        const name = keyOf(node) ?? this.#computed(node.property)
        return of(node.object).map((ref) => member(ref, name))
      }
      case 'ChainExpression':
        return of(node.expression)
      case 'AwaitExpression':
      case 'SpreadElement':
      case 'YieldExpression':
        return of(node.argument)
      case 'ConditionalExpression':
        return [...of(node.consequent), ...of(node.alternate)]
      case 'LogicalExpression':
        // `a && b` has the value `a` only if `a` is empty.
        return node.operator === '&&' ? of(node.right) : [...of(node.left), ...of(node.right)]
      case 'AssignmentExpression':
        return node.operator === '=' || /^(?:\?\?|\|\||&&)=$/.test(node.operator)
          ? [...of(node.right), ...(node.operator === '=' ? [] : of(node.left as AnyNode))]
          : []
      case 'SequenceExpression':
        return of(node.expressions.at(-1))
      case 'ThisExpression':
        return this.#this(node)
      case 'Super':
        return []
      case 'CallExpression':
        return this.#call(node, of)
      case 'NewExpression':
      case 'TaggedTemplateExpression':
        return [refTo({ is: 'result', call: this.#numbers.of(node)! })]
      case 'ImportExpression':
        return node.source.type === 'Literal'
          ? [refTo({ is: 'import', source: String(node.source.value), name: '*' })]
          : []
      case 'ArrayExpression':
      case 'ObjectExpression':
        return [
          refTo({ is: 'literal', literal: this.#numbers.of(node)! }),
          ...this.#spread(node, of),
        ]
      case 'ArrowFunctionExpression':
      case 'FunctionExpression':
      case 'FunctionDeclaration': {
        const fn = this.#numbers.of(node)
        return fn === undefined ? [] : [refTo({ is: 'function', fn })]
      }
      case 'ClassExpression':
      case 'ClassDeclaration':
        return [refTo({ is: 'class', cls: this.#numbers.of(node)! })]
      default:
        return []
    }
  }

  /**
   * Yields the names of a destructuring pattern, each with the values that it receives from `refs`.
   */
  *pattern(pattern: Pattern | AnyNode, refs: readonly Ref[]): Generator<[Identifier, Ref[]]> {
    switch (pattern.type) {
      case 'Identifier':
        yield [pattern, [...refs]]
        return
      case 'AssignmentPattern':
        yield* this.pattern(pattern.left, [...refs, ...this.of(pattern.right)])
        return
      case 'RestElement':
        yield* this.pattern(
          pattern.argument,
          refs.map((ref) => ({ ...ref, fresh: ref.fresh + 1 })),
        )
        return
      case 'ArrayPattern':
        for (const element of pattern.elements)
          if (element)
            yield* this.pattern(
              element,
              refs.map((ref) => (element.type === 'RestElement' ? ref : member(ref, '*'))),
            )
        return
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          if (property.type === 'RestElement') yield* this.pattern(property, refs)
          else
            yield* this.pattern(
              property.value,
              refs.map((ref) => member(ref, keyOf(property) ?? '*')),
            )
        }
    }
  }

  /** Returns the argument of a function that is called where it is written. */
  argumentOf(node: FunctionNode, index: number): Ref[] {
    const parent = this.#numbers.syntax.parent(node)
    if (parent?.type !== 'CallExpression') return []
    if (parent.callee === (node as unknown)) return this.of(parent.arguments[index])
    const { callee } = parent
    const name = callee.type === 'MemberExpression' ? keyOf(callee) : undefined
    if (callee.type !== 'MemberExpression' || name === undefined || passesInside[name] !== index)
      return []
    return this.of(callee.object).map((ref) => member(ref, '*'))
  }

  #identifier(node: Identifier): Ref {
    const variable = this.#numbers.syntax.variable(node)
    if (variable !== undefined) return this.variable(variable)
    if (globalNames.has(node.name)) return refTo({ is: 'global', name: '' })
    if (node.name === 'undefined') return constant(true)
    if (node.name === 'exports') return refTo({ is: 'import', source: '', name: '*' })
    return refTo({ is: 'builtin', name: node.name })
  }

  /** An imported name refers to the export of its module. */
  variable(variable: Variable): Ref {
    const definition = variable.defs[0] as
      | { type: string; node: Node; parent?: Node | null }
      | undefined
    if (definition?.type !== 'ImportBinding')
      return refTo({ is: 'cell', cell: this.#numbers.of(variable)! })
    const specifier = definition.node as AnyNode
    const source = String(
      (definition.parent as AnyNode & { source: { value: unknown } }).source.value,
    )
    const name =
      specifier.type === 'ImportSpecifier'
        ? specifier.imported.type === 'Identifier'
          ? specifier.imported.name
          : String(specifier.imported.value)
        : specifier.type === 'ImportDefaultSpecifier'
          ? 'default'
          : '*'
    return refTo({ is: 'import', source, name })
  }

  #computed(property: AnyNode): string {
    // A constant's name stands for the symbol or string that it holds, in particular on the global
    // object.
    const variable =
      property.type === 'Identifier' ? this.#numbers.syntax.variable(property) : undefined
    if (property.type === 'Identifier' && variable?.scope.type === 'module')
      return `[${property.name}]`
    return '*'
  }

  #this(node: Node): Ref[] {
    const { syntax } = this.#numbers
    for (let at = syntax.parent(node); at !== undefined; at = syntax.parent(at)) {
      if (
        at.type === 'PropertyDefinition' ||
        at.type === 'MethodDefinition' ||
        at.type === 'StaticBlock'
      ) {
        const cls = this.#numbers.classAround(at)!
        return [
          refTo(
            at.type === 'StaticBlock' || at.static ? { is: 'class', cls } : { is: 'instance', cls },
          ),
        ]
      }
      if (!isFunction(at) || at.type === 'ArrowFunctionExpression') continue
      const holder = syntax.parent(at)
      if (holder?.type === 'MethodDefinition') continue
      const literal = holder?.type === 'Property' ? syntax.parent(holder) : undefined
      return literal?.type === 'ObjectExpression'
        ? [refTo({ is: 'literal', literal: this.#numbers.of(literal)! })]
        : []
    }
    return []
  }

  #call(node: CallExpression, of: (below: AnyNode) => Ref[]): Ref[] {
    const { callee } = node
    const result = refTo({ is: 'result', call: this.#numbers.of(node)! })
    const first = node.arguments[0] as AnyNode | undefined
    if (
      callee.type === 'Identifier' &&
      callee.name === 'require' &&
      first?.type === 'Literal' &&
      this.#numbers.syntax.variable(callee) === undefined
    ) {
      return [refTo({ is: 'import', source: String(first.value), name: '*' })]
    }
    if (isFunction(callee)) {
      const returned = this.#returned(callee)
      // A promise without a value only means that work is in progress.
      return callee.async && returned.length === 0 ? [constant(true)] : [...returned, result]
    }
    if (callee.type !== 'MemberExpression') return [result]
    const name = keyOf(callee) ?? ''
    const text = this.#numbers.syntax.text(callee)
    if (text === 'Object.assign' && first !== undefined) return of(first)
    if (/^Object\.(?:values|entries)$|^Array\.from$/.test(text) && first !== undefined)
      return of(first).map((ref) => ({ ...ref, fresh: ref.fresh + 1 }))
    const about = of(callee.object as AnyNode)
    if (inside.has(name)) return [result, ...about.map((ref) => member(ref, '*'))]
    if (itself.has(name)) return [result, ...about]
    if (copies.has(name)) return [result, ...about.map((ref) => ({ ...ref, fresh: ref.fresh + 1 }))]
    return [result]
  }

  /** Returns the result of a function that is called where it is written. */
  #returned(node: FunctionNode): Ref[] {
    if (node.body.type !== 'BlockStatement') return this.of(node.body as AnyNode)
    const inner = this.#numbers.syntax.nodes.filter(
      (found) =>
        found.type === 'ReturnStatement' && this.#numbers.syntax.functionAround(found) === node,
    )
    return inner.flatMap((found) =>
      found.type === 'ReturnStatement' ? this.of(found.argument) : [],
    )
  }

  #spread(node: AnyNode, of: (below: AnyNode) => Ref[]): Ref[] {
    const parts: readonly (AnyNode | null)[] =
      node.type === 'ArrayExpression'
        ? node.elements
        : node.type === 'ObjectExpression'
          ? node.properties
          : []
    return parts.flatMap((part) =>
      part?.type === 'SpreadElement'
        ? of(part.argument).map((ref) => ({ ...ref, fresh: ref.fresh + 1 }))
        : [],
    )
  }
}
