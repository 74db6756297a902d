/**
 * Implements `compiler.removeConsole`: removes calls of `console`, with their arguments, from the
 * project's files.
 */
import type { AnyNode } from 'acorn'
import type { Edit } from './script.ts'

/** Returns the names of methods whose calls stay; null if no calls are removed. */
export function keptConsoleMethods(removeConsole: unknown): ReadonlySet<string> | null {
  if (removeConsole === true) return new Set()
  if (typeof removeConsole !== 'object' || removeConsole === null) return null
  const { exclude } = removeConsole as { exclude?: readonly string[] }
  return new Set(exclude ?? [])
}

/** Returns the edit for a call; null for any other node. */
export function consoleCall(node: AnyNode, kept: ReadonlySet<string>): Edit | null {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return null
  const { object, property, computed } = node.callee
  if (object.type !== 'Identifier' || object.name !== 'console') return null
  const name = property.type === 'Identifier' && !computed ? property.name : ''
  return kept.has(name) ? null : { start: node.start, end: node.end, text: 'void 0' }
}
