/**
 * Implements `require.context(folder, recursive, pattern)`: a function that requires any of the
 * matching files.
 */
import { join } from 'node:path'
import type { AnyNode, CallExpression } from 'acorn'
import { filesBelow } from './file_tree.ts'
import { type Edit, isMember, textOf } from './script.ts'

/**
 * Returns the edit for a call; null for any other node. @param folder of the module. @throws Error
 * for arguments that are not static.
 */
export function contextImport(node: AnyNode, folder: string): Edit | null {
  if (node.type !== 'CallExpression' || !isMember(node.callee, 'require', 'context')) return null
  const { request, recursive, pattern } = argumentsOf(node)
  const below = join(folder, request)
  const files = filesBelow(below, () => recursive).filter((path) => pattern.test(`./${path}`))
  const modules = files.map(
    (path) => `${JSON.stringify(`./${path}`)}: () => require(${JSON.stringify(join(below, path))})`,
  )
  return { start: node.start, end: node.end, text: contextText(modules) }
}

function argumentsOf(node: CallExpression): {
  request: string
  recursive: boolean
  pattern: RegExp
} {
  const [first, second, third, fourth] = node.arguments as readonly AnyNode[]
  const request = textOf(first)
  if (request === undefined) throw notStatic('the folder must be a string literal')
  if (fourth !== undefined)
    throw notStatic('require.context() only supports 1-3 arguments (mode is not supported)')
  const recursive =
    second === undefined
      ? true
      : second.type === 'Literal' && typeof second.value === 'boolean'
        ? second.value
        : undefined
  // Booleans in the form in which esbuild prints them.
  const minified =
    second?.type === 'UnaryExpression' &&
    second.operator === '!' &&
    second.argument.type === 'Literal'
      ? !second.argument.value
      : undefined
  const isRecursive = recursive ?? minified
  if (isRecursive === undefined) throw notStatic('the second argument must be true or false')
  if (third === undefined) return { request, recursive: isRecursive, pattern: /^\.\/.*$/ }
  if (third.type !== 'Literal' || !third.regex)
    throw notStatic('the third argument must be a regular expression')
  return {
    request,
    recursive: isRecursive,
    pattern: new RegExp(third.regex.pattern, third.regex.flags.replace('g', '')),
  }
}

function notStatic(reason: string): Error {
  return new Error(`require.context() is not statically analyze-able: ${reason}`)
}

function contextText(modules: readonly string[]): string {
  const lookup =
    "const find = (name) => { if (Object.hasOwn(modules, name)) return modules[name]; throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' }) }"
  return (
    `(() => { const modules = { ${modules.join(', ')} }; ${lookup}; const context = (name) => find(name)(); ` +
    `context.keys = () => Object.keys(modules); context.resolve = (name) => (find(name), name); return context })()`
  )
}
