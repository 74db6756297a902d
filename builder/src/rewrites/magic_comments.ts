/**
 * Implements comments in `import()` that only Next.js's bundler knows: `turbopackIgnore: true`,
 * `turbopackOptional: true`.
 */
import type { AnyNode } from 'acorn'
import type { Edit } from './script.ts'

/**
 * Returns the edit for an import; null for any other node and for an import without such a comment.
 */
export function magicComment(node: AnyNode, code: string): Edit | null {
  if (node.type !== 'ImportExpression') return null
  const before = code.slice(node.start, node.source.start)
  const rest = code.slice(node.source.start, node.end)
  if (/\bturbopackIgnore\s*:\s*true\b/.test(before))
    return { start: node.start, end: node.end, text: `import(/* webpackIgnore: true */ ${rest}` }
  if (!/\bturbopackOptional\s*:\s*true\b/.test(before)) return null
  // esbuild tolerates an unresolved import if the code handles its failure.
  return {
    start: node.start,
    end: node.end,
    text: `import(${rest}.catch((error) => { throw error })`,
  }
}
