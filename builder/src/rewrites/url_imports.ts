/**
 * `new URL('./file', import.meta.url)`: the file is taken into the build, so that the URL leads to
 * it wherever the build runs; where a `Worker` is made of it, it is compiled with all that it
 * imports.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { AnyNode } from 'acorn'
import { isImportMeta, type Edit, textOf } from './script.ts'

/** What is imported in place of a URL: its default export is the URL. */
export interface UrlImport {
  readonly edit: Edit
  readonly kind: 'asset' | 'worker'
  /** Absolute path. */
  readonly path: string
}

const codeFile = /\.[cm]?[jt]sx?$/

/**
 * For a node and, where it makes a worker, what it is made of; null where it is neither or leads to
 * no file.
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

/** By the names under which Node.js and browsers have them. */
function isWorkerClass(callee: AnyNode): boolean {
  const name =
    callee.type === 'Identifier'
      ? callee.name
      : callee.type === 'MemberExpression' && callee.property.type === 'Identifier'
        ? callee.property.name
        : ''
  return name === 'Worker' || name === 'SharedWorker'
}

/** The first argument, without the dots of a folder and what follows a path. */
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
