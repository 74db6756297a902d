/**
 * Implements `new URL('./file', import.meta.url)`: the file becomes part of the build, so that the
 * URL is valid wherever the build runs; if a `Worker` is created from it, it is compiled with all
 * that it imports.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { AnyNode } from 'acorn'
import { isImportMeta, type Edit, textOf } from './script.ts'

/** The import that replaces a URL: its default export is the URL. */
export interface UrlImport {
  readonly edit: Edit
  readonly kind: 'asset' | 'worker'
  /** Absolute path. */
  readonly path: string
}

const codeFile = /\.[cm]?[jt]sx?$/

/**
 * Returns the import for a `new URL` node or a `new Worker` node; null for any other node and for a
 * file that does not exist.
 */
export function urlImport(
  node: AnyNode,
  folder: string,
  extensions: readonly string[],
): UrlImport | null {
  if (node.type !== 'NewExpression') return null
  const isWorker = isWorkerClass(node.callee as AnyNode)
  const url = isWorker ? (node.arguments[0] as AnyNode | undefined) : node
  const request = url === undefined ? undefined : requestOf(url)
  if (url === undefined || request === undefined) return null
  const path = fileAt(join(folder, request), isWorker ? extensions : [])
  if (path === null) return null
  const kind = isWorker && codeFile.test(path) ? 'worker' : 'asset'
  return { edit: { start: url.start, end: url.end, text: '' }, kind, path }
}

/** By the names that Node.js and browsers use. */
function isWorkerClass(callee: AnyNode): boolean {
  const name =
    callee.type === 'Identifier'
      ? callee.name
      : callee.type === 'MemberExpression' && callee.property.type === 'Identifier'
        ? callee.property.name
        : ''
  return name === 'Worker' || name === 'SharedWorker'
}

/** Returns the first argument, without leading "./" and without a query or fragment. */
function requestOf(node: AnyNode): string | undefined {
  if (
    node.type !== 'NewExpression' ||
    node.callee.type !== 'Identifier' ||
    node.callee.name !== 'URL'
  )
    return undefined
  const [first, second] = node.arguments as readonly AnyNode[]
  const isHere =
    second?.type === 'MemberExpression' &&
    isImportMeta(second.object) &&
    second.property.type === 'Identifier' &&
    second.property.name === 'url'
  const text = textOf(first)
  return isHere && text !== undefined && !/^[a-z][\w+.-]*:|^\/|[?#]/i.test(text)
    ? decodeURI(text)
    : undefined
}

function fileAt(path: string, extensions: readonly string[]): string | null {
  return (
    [path, ...extensions.map((extension) => path + extension)].find((one) =>
      statSync(one, { throwIfNoEntry: false })?.isFile(),
    ) ?? null
  )
}
