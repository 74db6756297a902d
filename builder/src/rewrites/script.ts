/**
 * A source file as JavaScript that can be looked at and edited: types and JSX compiled away, a
 * syntax tree, and edits that stay on their lines, so that the source map holds.
 */
import type { AnyNode, Node } from 'acorn'
import { type Loader, transform, type TransformOptions } from 'esbuild'
import { children } from '../syntax/scopes.ts'

/** A place and what stands there instead. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** What esbuild is told of tsconfig.json when it compiles one text. */
export type CompilerSettings = Exclude<TransformOptions['tsconfigRaw'], string | undefined>

/**
 * The text as JavaScript, its source map at its end. @throws esbuild's failure for what cannot be
 * compiled.
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

/** Calls `visit` for a node and all below it, the outer ones first. */
export function walkScript(node: Node, visit: (node: AnyNode) => void): void {
  visit(node as AnyNode)
  for (const below of children(node)) walkScript(below, visit)
}

/** The text with the edits made; where two overlap, the outer one. */
export function applyEdits(code: string, edits: readonly Edit[]): string {
  let out = ''
  let from = 0
  for (const { start, end, text } of [...edits].sort(
    (a, b) => a.start - b.start || b.end - a.end,
  )) {
    if (start < from) continue
    // As many lines as before.
    const lines = code.slice(start, end).split('\n').length - 1
    out += code.slice(from, start) + text + '\n'.repeat(lines)
    from = end
  }
  return out + code.slice(from)
}

/** The text of a literal without variable parts; undefined for anything else. */
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
