/**
 * Implements `import.meta.glob(patterns, options)`: an object with a module, or a function that
 * loads it, for each matching file.
 */
import { join, matchesGlob, posix } from 'node:path'
import type { AnyNode, Expression } from 'acorn'
import { filesBelow } from './file_tree.ts'
import { type Edit, isMember, textOf } from './script.ts'

interface GlobOptions {
  readonly eager: boolean
  readonly name: string | null
  readonly query: string
  readonly base: string | null
  readonly caseSensitive: boolean
}

/** The location of the module. */
export interface GlobPlace {
  /** Absolute path of the project. */
  readonly root: string
  /** Absolute path of the module's folder. */
  readonly folder: string
}

/** The edits for a call. */
export interface GlobEdits {
  readonly edit: Edit
  /** Lines for the module's top: imports of the modules that are loaded eagerly. */
  readonly imports: readonly string[]
}

/**
 * Returns the edits for a call; null for any other node. @param number of the call in its module.
 * @throws Error for arguments that are not static.
 */
export function globImport(node: AnyNode, place: GlobPlace, number: number): GlobEdits | null {
  if (node.type !== 'CallExpression' || !isMember(node.callee, 'import.meta', 'glob')) return null
  const [first, second] = node.arguments as readonly AnyNode[]
  const patterns = first?.type === 'ArrayExpression' ? first.elements.map(textOf) : [textOf(first)]
  if (patterns.some((pattern) => pattern === undefined))
    throw notStatic('the patterns must be string literals')
  const options = optionsOf(second)
  const found = matching(patterns as string[], options, place)
  const imports: string[] = []
  const entries = found.map(({ key, path }, index) => {
    const request = JSON.stringify(path + options.query)
    if (options.eager) {
      const local = `__millrace_glob_${number}_${index}`
      imports.push(`import * as ${local} from ${request};`)
      return `${JSON.stringify(key)}: ${options.name === null ? local : member(local, options.name)}`
    }
    const load = `import(${request})`
    return `${JSON.stringify(key)}: () => ${options.name === null ? load : `${load}.then((module) => ${member('module', options.name)})`}`
  })
  return {
    edit: { start: node.start, end: node.end, text: `({ ${entries.join(', ')} })` },
    imports,
  }
}

function matching(
  patterns: readonly string[],
  { base, caseSensitive }: GlobOptions,
  { root, folder }: GlobPlace,
): { key: string; path: string }[] {
  const origin =
    base === null ? folder : base.startsWith('/') ? join(root, base) : join(folder, base)
  const absolute = (pattern: string): string =>
    pattern.startsWith('/') ? join(root, pattern) : join(origin, pattern)
  const cased = (text: string): string => (caseSensitive ? text : text.toLowerCase())
  const excluded = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) => cased(absolute(pattern.slice(1))))
  const found = new Map<string, string>()
  for (const pattern of patterns.filter((one) => !one.startsWith('!'))) {
    const glob = absolute(pattern)
    const still = fixedFolder(glob)
    for (const below of filesBelow(
      still,
      () => glob.includes('**') || depth(glob) > depth(still) + 1,
    )) {
      const path = join(still, below)
      if (
        !matchesGlob(cased(path), cased(glob)) ||
        excluded.some((other) => matchesGlob(cased(path), other))
      )
        continue
      found.set(
        pattern.startsWith('/') ? `/${posix.relative(root, path)}` : relativeKey(origin, path),
        path,
      )
    }
  }
  return [...found]
    .map(([key, path]) => ({ key, path }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
}

/** Returns the folder to which every match of a pattern belongs. */
function fixedFolder(glob: string): string {
  const parts = glob.split('/')
  const wild = parts.findIndex((part) => /[*?[\]{}()!+@]/.test(part))
  return parts.slice(0, wild < 0 ? -1 : wild).join('/') || '/'
}

function depth(path: string): number {
  return path.split('/').length
}

function relativeKey(origin: string, path: string): string {
  const key = posix.relative(origin, path)
  return key.startsWith('.') ? key : `./${key}`
}

function optionsOf(node: AnyNode | undefined): GlobOptions {
  const values = new Map<string, Expression>()
  if (node !== undefined) {
    if (node.type !== 'ObjectExpression') throw notStatic('the options must be an object')
    for (const property of node.properties) {
      if (property.type !== 'Property' || property.computed)
        throw notStatic('the options must be an object literal without spread')
      values.set(
        property.key.type === 'Identifier'
          ? property.key.name
          : String((property.key as { value?: unknown }).value),
        property.value,
      )
    }
  }
  const text = (name: string): string | null => {
    const value = values.get(name)
    const found = textOf(value)
    if (value !== undefined && found === undefined)
      throw notStatic(`${name} must be a string literal`)
    return found ?? null
  }
  const flag = (name: string, usual: boolean): boolean =>
    values.has(name) ? truth(values.get(name)!) : usual
  const query = values.get('query')
  return {
    eager: flag('eager', false),
    name: text('import'),
    query: query?.type === 'ObjectExpression' ? queryOf(query) : withMark(text('query') ?? ''),
    base: text('base'),
    caseSensitive: flag('caseSensitive', true),
  }
}

function queryOf(node: Extract<AnyNode, { type: 'ObjectExpression' }>): string {
  const parameters = new URLSearchParams()
  for (const property of node.properties) {
    if (property.type !== 'Property' || property.key.type !== 'Identifier')
      throw notStatic('query must be a literal')
    parameters.append(property.key.name, textOf(property.value) ?? String(truth(property.value)))
  }
  return withMark(parameters.toString())
}

function withMark(query: string): string {
  return query === '' || query.startsWith('?') ? query : `?${query}`
}

/** Matches `true` and `false`, also in the form in which esbuild prints them. */
function truth(node: Expression): boolean {
  if (node.type === 'Literal' && typeof node.value === 'boolean') return node.value
  if (node.type === 'UnaryExpression' && node.operator === '!' && node.argument.type === 'Literal')
    return !node.argument.value
  throw notStatic('all other options must be true or false')
}

function member(object: string, name: string): string {
  return name === '*' ? object : `${object}[${JSON.stringify(name)}]`
}

function notStatic(reason: string): Error {
  return new Error(`import.meta.glob() is not statically analyze-able: ${reason}`)
}
