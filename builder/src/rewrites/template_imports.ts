/**
 * Implements imports whose name is partly known: `` import(`@/messages/${locale}.json`) ``,
 * `require('./handlers/' + name)`. Each becomes a choice among the matching files, with the
 * extensions that an import may omit.
 */
import { dirname, extname, join } from 'node:path'
import type { AnyNode, Node } from 'acorn'
import { filesBelow } from './file_tree.ts'
import { type Edit, textOf } from './script.ts'

/** What the matching files depend on. */
export interface TemplatePlace {
  /** Absolute path of the module's folder. */
  readonly folder: string
  /** Extensions that may be omitted, the preferred one first. */
  readonly extensions: readonly string[]
  /** Absolute paths that an alias may refer to; empty for a name that is not an alias. */
  readonly candidates: (specifier: string) => readonly string[]
}

/** A text in parts: null stands for an unknown part. */
type Parts = readonly (string | null)[]

const ignored = /\/\*[^*]*\b(?:webpackIgnore|turbopackIgnore)\s*:\s*true\b/

/**
 * Returns the edit for an import or require; null for any other node, and for a name that is
 * completely known or completely unknown.
 */
export function templateImport(node: AnyNode, code: string, place: TemplatePlace): Edit | null {
  const found = requestOf(node)
  if (found === null) return null
  const parts = partsOf(found.request as AnyNode)
  const [first] = parts
  if (
    !parts.includes(null) ||
    typeof first !== 'string' ||
    ignored.test(code.slice(node.start, found.request.start))
  )
    return null
  const folder = folderOf(first, place)
  if (folder === null) return null
  const prefix = first.slice(0, first.lastIndexOf('/') + 1)
  const pattern = new RegExp(
    `^${parts.map((part) => (part === null ? '[^]*' : escaped(part))).join('')}$`,
  )
  const choices = choicesIn(folder, place.extensions).filter(([name]) =>
    pattern.test(prefix + name),
  )
  const call = found.isImport ? 'import' : 'require'
  const modules = choices.map(
    ([name, path]) => `${JSON.stringify(prefix + name)}: () => ${call}(${JSON.stringify(path)})`,
  )
  const failure =
    "Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' })"
  const otherwise = found.isImport ? `Promise.reject(${failure})` : `(() => { throw ${failure} })()`
  const choose = `((name, modules) => Object.hasOwn(modules, name) ? modules[name]() : ${otherwise})`
  return {
    start: node.start,
    end: node.end,
    text: `${choose}(String(${code.slice(found.request.start, found.request.end)}), { ${modules.join(', ')} })`,
  }
}

/**
 * Whether a node imports a name that is only known at run time and that {@link templateImport}
 * cannot handle.
 */
export function isUnknownImport(node: AnyNode, code: string): boolean {
  const found = requestOf(node)
  if (found === null || ignored.test(code.slice(node.start, found.request.start))) return false
  return partsOf(found.request as AnyNode).includes(null)
}

function requestOf(node: AnyNode): { request: Node; isImport: boolean } | null {
  if (node.type === 'ImportExpression')
    return node.options ? null : { request: node.source, isImport: true }
  if (
    node.type !== 'CallExpression' ||
    node.callee.type !== 'Identifier' ||
    node.callee.name !== 'require'
  )
    return null
  const [request] = node.arguments
  return request === undefined ? null : { request, isImport: false }
}

function partsOf(node: AnyNode): Parts {
  const text = textOf(node)
  if (text !== undefined) return [text]
  if (node.type === 'TemplateLiteral') {
    const parts = node.quasis.flatMap(({ value }, index) => [
      ...(index > 0 ? [null] : []),
      value.cooked ?? null,
    ])
    return joined(parts)
  }
  if (node.type === 'BinaryExpression' && node.operator === '+')
    return joined([...partsOf(node.left as AnyNode), ...partsOf(node.right)])
  return [null]
}

function joined(parts: Parts): Parts {
  const out: (string | null)[] = []
  for (const part of parts) {
    const last = out.at(-1)
    if (typeof part === 'string' && typeof last === 'string') out[out.length - 1] = last + part
    else if (part !== '' || out.length === 0) out.push(part)
  }
  return out
}

/**
 * Returns the folder of the known part of a name; null for packages, and for a folder that does not
 * exist.
 */
function folderOf(prefix: string, { folder, candidates }: TemplatePlace): string | null {
  const slash = prefix.lastIndexOf('/')
  if (/^\.{1,2}\//.test(prefix)) return join(folder, prefix.slice(0, slash))
  // A placeholder for the unknown part: an alias may end in a star.
  const name = 'millrace-any'
  if (slash < 0) return null
  return (
    candidates(prefix.slice(0, slash + 1) + name)
      .map((path) => dirname(path))
      .find(
        (path) =>
          filesBelow(path, () => false).length > 0 || filesBelow(path, isEntered).length > 0,
      ) ?? null
  )
}

function isEntered(path: string): boolean {
  return !/(?:^|\/)(?:node_modules|\.[^/]*)$/.test(path)
}

/** Returns names relative to the folder and the files that they refer to. */
function choicesIn(folder: string, extensions: readonly string[]): [string, string][] {
  const choices = new Map<string, string>()
  const files = filesBelow(folder, isEntered)
  for (const file of files) choices.set(file, join(folder, file))
  for (const extension of extensions) {
    for (const file of files) {
      if (extname(file) !== extension) continue
      const stem = file.slice(0, -extension.length)
      if (!choices.has(stem)) choices.set(stem, join(folder, file))
    }
  }
  for (const [name, path] of [...choices]) {
    const [, parent] = /^(.+)\/index$/.exec(name) ?? []
    if (parent !== undefined && !choices.has(parent)) choices.set(parent, path)
  }
  return [...choices]
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
