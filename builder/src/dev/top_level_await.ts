/**
 * Hides the top-level `await` of an ES module from esbuild, which cannot compile it to CommonJS:
 * each becomes a call, or a label, that {@link emittedText} turns back.
 */
import { type AnyNode, type Node, parse } from 'acorn'
import { type Edit, applyEdits } from '../rewrites/script.ts'
import { children } from '../syntax/scopes.ts'
import { awaitCall, forAwaitLabel } from './emitted_text.ts'

/** @param code an ES module without types and JSX. */
export function hideTopLevelAwait(code: string): string {
  const edits: Edit[] = []
  const visit = (node: Node): void => {
    const one = node as AnyNode
    if (isFunction(one)) return
    if (one.type === 'AwaitExpression') {
      edits.push({ start: one.start, end: one.start + 'await'.length, text: `${awaitCall}(` })
      edits.push({ start: one.end, end: one.end, text: ')' })
    }
    if (one.type === 'ForOfStatement' && one.await) {
      const word = code.indexOf('await', one.start)
      edits.push({ start: one.start, end: word + 'await'.length, text: `${forAwaitLabel}: for` })
    }
    for (const below of children(one)) visit(below)
  }
  visit(parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true }))
  return applyEdits(code, edits)
}

/** Whether an `await` inside belongs to the function. Class bodies have none of their own. */
function isFunction({ type }: AnyNode): boolean {
  return /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(type)
}
