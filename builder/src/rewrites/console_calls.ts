/**
 * `compiler.removeConsole`: calls of `console` are left out of the project's files, with their
 * arguments.
 */
import type { AnyNode } from 'acorn'
import type { Edit } from './script.ts'

/** Names of methods that stay; null where none is removed. */
export function keptConsoleMethods(removeConsole: unknown): ReadonlySet<string> | null {
  if (removeConsole === true) return new Set()
  if (typeof removeConsole !== 'object' || removeConsole === null) return null
  const { exclude } = removeConsole as { exclude?: readonly string[] }
  return new Set(exclude ?? [])
}

/** The edit for a call; null where the node is none. */
export function consoleCall(node: AnyNode, kept: ReadonlySet<string>): Edit | null {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return null
  const { object, property, computed } = node.callee
  if (object.type !== 'Identifier' || object.name !== 'console') return null
  const name = property.type === 'Identifier' && !computed ? property.name : ''
  return kept.has(name) ? null : { start: node.start, end: node.end, text: 'void 0' }
}
