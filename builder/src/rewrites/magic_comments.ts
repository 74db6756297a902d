/**
 * Comments in `import()` that only Next.js's bundler knows: `turbopackIgnore: true`,
 * `turbopackOptional: true`.
 */
import type { AnyNode } from 'acorn'
import type { Edit } from './script.ts'

/** The edit for an import; null where the node is none or has no such comment. */
export function magicComment(node: AnyNode, code: string): Edit | null {
  if (node.type !== 'ImportExpression') return null
  const before = code.slice(node.start, node.source.start)
  const rest = code.slice(node.source.start, node.end)
  if (/\bturbopackIgnore\s*:\s*true\b/.test(before))
    return { start: node.start, end: node.end, text: `import(/* webpackIgnore: true */ ${rest}` }
  if (!/\bturbopackOptional\s*:\s*true\b/.test(before)) return null
  // esbuild takes an import whose failure has an answer for one that may fail.
  return {
    start: node.start,
    end: node.end,
    text: `import(${rest}.catch((error) => { throw error })`,
  }
}
