/**
 * Turns a source file into JavaScript that can be analysed and edited: types and JSX are compiled
 * away, a syntax tree is built, and edits keep the line numbers, so that the source map stays
 * valid.
 */
import type { AnyNode, Node } from 'acorn'
import { type Loader, transform, type TransformOptions } from 'esbuild'
import { children } from '../syntax/scopes.ts'

/** A range and its replacement. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The compiler options of tsconfig.json for esbuild when it compiles one text. */
export type CompilerSettings = Exclude<TransformOptions['tsconfigRaw'], string | undefined>

/**
 * Returns the text as JavaScript, with its source map appended. @throws esbuild's failure for text
 * that cannot be compiled.
 */
export async function toJavaScript(
  text: string,
  loader: Loader,
  name: string,
  settings: CompilerSettings,
): Promise<string> {
  const { code } = await transform(text, {
    loader,
    jsx: 'automatic',
    sourcemap: 'inline',
    sourcefile: name,
    sourcesContent: false,
    tsconfigRaw: settings,
  })
  return code
}

/** Calls `visit` for a node and all nodes below it, parents first. */
export function walkScript(node: Node, visit: (node: AnyNode) => void): void {
  visit(node as AnyNode)
  for (const below of children(node)) walkScript(below, visit)
}

/** Returns the text with the edits applied; of two overlapping edits, the outer one. */
export function applyEdits(code: string, edits: readonly Edit[]): string {
  let out = ''
  let from = 0
  for (const { start, end, text } of [...edits].sort(
    (a, b) => a.start - b.start || b.end - a.end,
  )) {
    if (start < from) continue
    // Keeps the number of lines.
    const lines = code.slice(start, end).split('\n').length - 1
    out += code.slice(from, start) + text + '\n'.repeat(lines)
    from = end
  }
  return out + code.slice(from)
}

/** Returns the text of a literal without variable parts; undefined for any other node. */
export function textOf(node: Node | null | undefined): string | undefined {
  const one = node as AnyNode | null | undefined
  if (one?.type === 'Literal' && typeof one.value === 'string') return one.value
  if (one?.type === 'TemplateLiteral' && one.expressions.length === 0)
    return one.quasis[0]?.value.cooked ?? undefined
  return undefined
}

/** Whether a node is `import.meta`. */
export function isImportMeta(node: Node): boolean {
  const one = node as AnyNode
  return one.type === 'MetaProperty' && one.meta.name === 'import' && one.property.name === 'meta'
}

/** Whether a node is `object.name` of the global variable or of `import.meta`. */
export function isMember(node: Node, object: 'require' | 'import.meta', name: string): boolean {
  const one = node as AnyNode
  if (
    one.type !== 'MemberExpression' ||
    one.computed ||
    one.property.type !== 'Identifier' ||
    one.property.name !== name
  )
    return false
  return object === 'import.meta'
    ? isImportMeta(one.object)
    : one.object.type === 'Identifier' && one.object.name === object
}
