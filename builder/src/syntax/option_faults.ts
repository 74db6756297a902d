/**
 * Finds values of route options that are only known at run time. Next.js reads options without
 * running anything, and refuses to build if it cannot read one: silently ignoring such a value
 * would change what the route does.
 */
import type { AnyNode, Program } from 'acorn'

/** One option whose value cannot be read. */
export interface OptionFault {
  readonly name: string
  /** Counted from 1; null if the place is unknown. */
  readonly line: number | null
  /** The expression, in Next.js's words: `Unknown identifier "n" at "config.api"`. */
  readonly what: string
  /** Whether the export is imported from another module, which webpack's loader allows. */
  readonly reexported: boolean
}

/** Checks the exports called `names` in a module, given its syntax tree and its text. */
export function optionFaults(
  program: Program,
  text: string,
  names: readonly string[],
): OptionFault[] {
  const faults: OptionFault[] = []
  const add = (name: string, what: string | null, pattern: RegExp, reexported = false): void => {
    if (what !== null) faults.push({ name, line: lineOf(text, pattern), what, reexported })
  }
  for (const node of program.body) {
    if (node.type !== 'ExportNamedDeclaration') continue
    for (const { exported, local } of node.specifiers) {
      const name = exported.type === 'Identifier' ? exported.name : String(exported.value)
      const written = local.type === 'Identifier' ? local.name : String(local.value)
      if (names.includes(name))
        add(name, "it mustn't be reexported", exportOf(`\\{[^}]*\\b${written}\\b`), true)
    }
    const { declaration } = node
    if (declaration?.type === 'FunctionDeclaration' && names.includes(declaration.id.name))
      add(declaration.id.name, 'it is a function', exportOf('(?:async\\s+)?function'))
    if (declaration?.type !== 'VariableDeclaration') continue
    for (const { id, init } of declaration.declarations) {
      if (id.type !== 'Identifier' || !names.includes(id.name) || !init) continue
      const what = unreadable(init, id.name)
      add(id.name, what, exportOf(`(?:const|let|var)\\b[^;]*?\\b${id.name}\\b`))
    }
  }
  return faults
}

/** Returns a message for the user. `file` is relative to the project. */
export function describeFault(file: string, { name, line, what }: OptionFault): string {
  const place = line === null ? file : `${file}:${line}`
  return `${place}: Next.js can't recognize the exported \`${name}\` field in route: ${what}. Write its value as a literal in this file, because it is read without running the file. Read more: https://nextjs.org/docs/messages/invalid-page-config`
}

/** Returns a message about the first part that is not a literal; null if there is none. */
function unreadable(node: AnyNode, path: string): string | null {
  switch (node.type) {
    case 'Literal':
      return null
    case 'Identifier':
      return node.name === 'undefined' ? null : `Unknown identifier "${node.name}" at "${path}"`
    case 'TemplateLiteral':
      return node.expressions.length === 0
        ? null
        : `Unsupported template literal with expressions at "${path}"`
    case 'UnaryExpression':
      // The compiler that removes the types turns `undefined` into `void 0`.
      return node.argument.type === 'Literal' && ['-', '!', 'void'].includes(node.operator)
        ? null
        : unsupported(node, path)
    case 'ArrayExpression':
      return firstOf(node.elements, (item, index) =>
        item === null
          ? null
          : item.type === 'SpreadElement'
            ? `Unsupported spread operator in the Array Expression at "${path}"`
            : unreadable(item, `${path}[${index}]`),
      )
    case 'ObjectExpression':
      return firstOf(node.properties, (property) => {
        if (property.type !== 'Property' || property.method || property.kind !== 'init')
          return `Unsupported spread operator in the Object Expression at "${path}"`
        if (property.computed)
          return `Unsupported key type "Computed" in the Object Expression at "${path}"`
        const { key } = property
        const name = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? key.value : ''
        return unreadable(property.value, `${path}.${String(name)}`)
      })
    default:
      return unsupported(node, path)
  }
}

function firstOf<T>(
  items: readonly T[],
  look: (item: T, index: number) => string | null,
): string | null {
  for (const [index, item] of items.entries()) {
    const found = look(item, index)
    if (found !== null) return found
  }
  return null
}

function unsupported({ type }: AnyNode, path: string): string {
  return `Unsupported node type "${type}" at "${path}"`
}

function exportOf(what: string): RegExp {
  return new RegExp(`\\bexport\\s*${what}`)
}

function lineOf(text: string, pattern: RegExp): number | null {
  const found = pattern.exec(text)
  return found === null ? null : text.slice(0, found.index).split('\n').length
}
