/**
 * Makes functions with the directive `'use cache'` use the cache: each becomes a call of the
 * runtime's `useCache`, with an id that is stable while its file and its position in it are, with
 * the values that it captures, and with its arguments.
 */
import type { AnyNode, Function as FunctionNode, Node, Program } from 'acorn'
import { parse } from 'acorn'
import { type Loader, transform } from 'esbuild'
import { children, findFunctions, type FoundFunction, isFunction } from '../syntax/scopes.ts'

/** A fast check: most files have no such function. */
export const mayUseCache = /['"]use cache(?:: [\w-]+)?['"]/

const directive = /^use cache(?:: ([\w-]+))?$/
const runtime = 'next/use-cache'

/** Options of {@link transformUseCache}. */
export interface UseCacheOptions {
  /** Relative to the project. */
  readonly file: string
  readonly loader: Loader
  /** Whether next.config has `cacheComponents` or `experimental.useCache`. */
  readonly enabled: boolean
}

interface Marked extends FoundFunction {
  /** The text after `use cache:`. */
  readonly kind: string
}

/**
 * Returns the file's text as JavaScript in which cached functions use the cache; undefined if there
 * are none.
 * @throws Error for functions that cannot be cached.
 */
export async function transformUseCache(
  text: string,
  { file, loader, enabled }: UseCacheOptions,
): Promise<string | undefined> {
  const { code, map } = await transform(text, {
    loader,
    jsx: 'automatic',
    sourcemap: 'external',
    sourcefile: file.split('/').at(-1)!,
    sourcesContent: false,
  })
  const program = parse(code, {
    ecmaVersion: 'latest',
    sourceType: 'module',
    allowHashBang: true,
    allowReturnOutsideFunction: true,
  })
  const fileKind = kindOf(program.body)
  if (fileKind !== null) refuseOtherExports(program)
  const marked: Marked[] = findFunctions(
    program,
    (node, parents) =>
      kindOfFunction(node) !== null || (fileKind !== null && isExported(program, node, parents)),
  ).map((found) => ({ ...found, kind: kindOfFunction(found.node) ?? fileKind! }))
  if (marked.length === 0) return undefined
  if (!enabled) {
    throw new Error(
      'To use "use cache", please enable the feature flag `cacheComponents` in your Next.js config.\n\nRead more: https://nextjs.org/docs/app/api-reference/directives/use-cache#usage',
    )
  }
  for (const { node } of marked) refuseUncacheable(node)
  const edits = marked.flatMap((one, index) => editsOf(one, `${file}#${index}`))
  const edited = apply(code, edits)
  const sourceMap = Buffer.from(map).toString('base64')
  return `import { useCache as __millrace_use_cache } from '${runtime}'; ${edited}\n//# sourceMappingURL=data:application/json;base64,${sourceMap}\n`
}

function kindOf(body: readonly Node[]): string | null {
  for (const statement of body as readonly AnyNode[]) {
    if (statement.type !== 'ExpressionStatement' || typeof statement.directive !== 'string')
      return null
    const found = directive.exec(statement.directive)
    if (found !== null) return found[1] ?? 'default'
  }
  return null
}

function kindOfFunction(node: FunctionNode): string | null {
  return node.body.type === 'BlockStatement' ? kindOf(node.body.body) : null
}

/** Whether a function is the value of one of the module's exports. */
function isExported(program: Program, node: FunctionNode, parents: readonly Node[]): boolean {
  const [, first, second, third] = parents as readonly (AnyNode | undefined)[]
  if (first?.type === 'ExportDefaultDeclaration') return first.declaration === (node as unknown)
  const declared = first?.type === 'ExportNamedDeclaration' ? second : first
  const name =
    node.type === 'FunctionDeclaration' &&
    (declared === undefined || declared === second) &&
    parents.length <= 2
      ? node.id?.name
      : declared?.type === 'VariableDeclaration'
        ? nameOfDeclarator(first?.type === 'ExportNamedDeclaration' ? third : second, node)
        : undefined
  if (name === undefined || name === null) return false
  return first?.type === 'ExportNamedDeclaration' || exportedNames(program).has(name)
}

function nameOfDeclarator(declarator: AnyNode | undefined, node: FunctionNode): string | undefined {
  if (declarator?.type !== 'VariableDeclarator' || declarator.init !== (node as unknown))
    return undefined
  return declarator.id.type === 'Identifier' ? declarator.id.name : undefined
}

/** Returns the local names in `export { … }` and `export default name`. */
function exportedNames(program: Program): Set<string> {
  const names = new Set<string>()
  for (const node of program.body) {
    if (node.type === 'ExportDefaultDeclaration' && node.declaration.type === 'Identifier')
      names.add(node.declaration.name)
    if (node.type !== 'ExportNamedDeclaration' || node.source) continue
    for (const { local } of node.specifiers) if (local.type === 'Identifier') names.add(local.name)
  }
  return names
}

function refuseOtherExports(program: Program): void {
  for (const node of program.body) {
    if (node.type !== 'ExportNamedDeclaration' && node.type !== 'ExportDefaultDeclaration') continue
    const given = node.declaration
    const values =
      given?.type === 'VariableDeclaration' ? given.declarations.map(({ init }) => init) : [given]
    for (const value of values) {
      const isInvalid =
        value &&
        [
          'Literal',
          'ObjectExpression',
          'ArrayExpression',
          'ClassDeclaration',
          'ClassExpression',
          'TemplateLiteral',
        ].includes(value.type)
      if (isInvalid)
        throw new Error('Only async functions are allowed to be exported in a "use cache" file.')
    }
  }
}

function refuseUncacheable(node: FunctionNode): void {
  if (!node.async || node.generator)
    throw new Error(`"use cache" functions must be async functions${called(node)}.`)
  const forbid = (below: AnyNode): void => {
    const used =
      below.type === 'ThisExpression'
        ? '`this`'
        : below.type === 'Super'
          ? '`super`'
          : below.type === 'Identifier' && below.name === 'arguments'
            ? '`arguments`'
            : null
    if (used !== null) throw new Error(`"use cache" functions cannot use ${used}${called(node)}.`)
    // Other functions have their own `this` and `arguments`.
    if (!isFunction(below) || below.type === 'ArrowFunctionExpression')
      children(below).forEach(forbid)
  }
  for (const below of [...node.params, node.body] as AnyNode[]) forbid(below)
}

function called(node: FunctionNode): string {
  return node.id ? ` (${node.id.name})` : ''
}

interface Edit {
  readonly at: number
  readonly text: string
}

/** All edits stay on the lines of the function, so that the source map's lines stay valid. */
function editsOf({ node, captured, kind }: Marked, id: string): Edit[] {
  const count = node.params.some(({ type }) => type === 'RestElement')
    ? 'Infinity'
    : node.params.length
  const call = `__millrace_use_cache(${JSON.stringify(kind)}, ${JSON.stringify(id)}, [${captured.join(', ')}], __millrace_args, ${count}, `
  if (node.type === 'ArrowFunctionExpression') {
    return [
      { at: node.start, text: `async (...__millrace_args) => ${call}` },
      { at: node.end, text: ')' },
    ]
  }
  const parameters = node.params[0]?.start ?? null
  return [
    { at: parameters ?? -node.body.start, text: `...__millrace_args) { return ${call}async (` },
    { at: node.body.start, text: '=> ' },
    { at: node.end, text: ') }' },
  ]
}

/** A negative position is that of the `)` before it. */
function apply(code: string, edits: readonly Edit[]): string {
  const placed = edits.map((edit, order) => ({
    ...edit,
    order,
    at: edit.at < 0 ? code.lastIndexOf(')', -edit.at) : edit.at,
  }))
  placed.sort((a, b) => a.at - b.at || a.order - b.order)
  let out = ''
  let from = 0
  for (const { at, text } of placed) {
    out += code.slice(from, at) + text
    from = at
  }
  return out + code.slice(from)
}
