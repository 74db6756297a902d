/**
 * Reads the options in a route's source without running it: `export const config` of a Pages API
 * route, the segment configuration of an app route. Values that are not plain literals are left out
 * and reported.
 */
import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import type { AnyNode, Expression, Program, VariableDeclaration } from 'acorn'
import { parse } from 'acorn'
import { type Loader, transform } from 'esbuild'
import type { RouteSource } from '../project/route_source.ts'
import { type OptionFault, optionFaults } from './option_faults.ts'

/** The exports of an app route that configure it. */
const segmentNames = [
  'runtime',
  'maxDuration',
  'dynamic',
  'revalidate',
  'dynamicParams',
  'fetchCache',
  'preferredRegion',
]
const anyName = new RegExp(`\\b(?:config|${segmentNames.join('|')})\\b`)

/** The exports of a Pages API route that configure it. */
const pageNames = ['config', 'runtime', 'maxDuration']

/** The options of a route, and the options whose values are not static. */
export interface FoundOptions {
  readonly options: Record<string, unknown>
  readonly faults: readonly OptionFault[]
}

/** Reads options and caches those of unchanged files. */
export class StaticOptions {
  readonly #known = new Map<string, FoundOptions & { version: string }>()

  /**
   * Returns the options of the route whose source is at `path`; none if the source cannot be
   * parsed.
   */
  async find(path: string, kind: RouteSource['kind']): Promise<FoundOptions> {
    const info = await stat(path).catch(() => undefined)
    if (info === undefined) return { options: {}, faults: [] }
    const version = `${kind} ${info.mtimeMs} ${info.size} ${info.ino}`
    const before = this.#known.get(path)
    if (before?.version === version) return before
    const found = await findOptions(await readFile(path, 'utf8'), extname(path).slice(1), kind)
    this.#known.set(path, { version, ...found })
    return found
  }

  /** Returns the options without the faults. */
  async read(path: string, kind: RouteSource['kind']): Promise<Record<string, unknown>> {
    return (await this.find(path, kind)).options
  }
}

/** Returns the options of a route, given its text and its file's extension ("ts"). */
export async function findOptions(
  text: string,
  extension: string,
  kind: RouteSource['kind'],
): Promise<FoundOptions> {
  const program = anyName.test(text) ? await parseSource(text, extension) : undefined
  if (program === undefined) return { options: {}, faults: [] }
  const exported = exportedValues(program)
  if (kind === 'pages') {
    // In Next.js's order: an export of the name takes precedence over the member of `config`.
    const own = ['runtime', 'maxDuration'].filter((name) => exported.get(name) !== undefined)
    const options = {
      ...asObject(exported.get('config')),
      ...Object.fromEntries(own.map((name) => [name, exported.get(name)])),
    }
    return { options, faults: optionFaults(program, text, pageNames) }
  }
  const names = segmentNames.filter((name) => exported.get(name) !== undefined)
  return {
    options: Object.fromEntries(names.map((name) => [name, exported.get(name)])),
    faults: optionFaults(program, text, segmentNames),
  }
}

/** The configuration in a middleware file. */
export interface StaticConfig {
  readonly config: Readonly<Record<string, unknown>>
  readonly runtime: unknown
}

/**
 * Returns `config` and `runtime` of a middleware file, given its text and its extension ("ts").
 * @throws Error if `config` is not a literal, because the file is not run.
 */
export async function readConfig(text: string, extension: string): Promise<StaticConfig> {
  const program = await parseSource(text, extension)
  if (program === undefined) return { config: {}, runtime: undefined }
  for (const node of program.body) {
    if (node.type !== 'ExportNamedDeclaration' || node.declaration?.type !== 'VariableDeclaration')
      continue
    for (const { id, init } of node.declaration.declarations) {
      const offender =
        id.type === 'Identifier' && id.name === 'config' && init ? notStatic(init) : undefined
      if (offender === undefined) continue
      throw new Error(
        `can't recognize the exported \`config\` field: it holds an expression of type ${offender.type}. The configuration must be written as a literal, because it is read without running the file. Read more: https://nextjs.org/docs/messages/invalid-page-config`,
      )
    }
  }
  const exported = exportedValues(program)
  return { config: asObject(exported.get('config')), runtime: exported.get('runtime') }
}

/**
 * Returns the module's syntax tree; undefined if it cannot be parsed, which the bundler reports.
 */
async function parseSource(text: string, extension: string): Promise<Program | undefined> {
  const loader: Loader = extension.endsWith('ts') ? 'ts' : extension.endsWith('tsx') ? 'tsx' : 'jsx'
  try {
    const { code } = await transform(text, { loader, jsx: 'automatic', logLevel: 'silent' })
    return parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true })
  } catch {
    return undefined
  }
}

/** Returns the first part of an expression that is not a literal. */
function notStatic(node: AnyNode): AnyNode | undefined {
  switch (node.type) {
    case 'ArrayExpression':
      return firstOf(node.elements)
    case 'ObjectExpression':
      return firstOf(
        node.properties.map((property) =>
          property.type === 'Property' && !property.computed ? property.value : property,
        ),
      )
    case 'Identifier':
      return node.name === 'undefined' ? undefined : node
    default:
      return literalValue(node) === undefined ? node : undefined
  }
}

function firstOf(nodes: readonly (AnyNode | null)[]): AnyNode | undefined {
  for (const node of nodes) {
    const found = node === null ? undefined : notStatic(node)
    if (found !== undefined) return found
  }
  return undefined
}

function asObject(value: unknown): Record<string, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : {}
}

/**
 * Returns the exports with a static value: ES module syntax, `exports.x =` and `module.exports.x
 * =`.
 */
function exportedValues(program: Program): Map<string, unknown> {
  const locals = new Map<string, unknown>()
  const exported = new Map<string, unknown>()
  const declare = (declaration: VariableDeclaration, into: Map<string, unknown>[]): void => {
    for (const { id, init } of declaration.declarations) {
      if (id.type !== 'Identifier' || !init) continue
      const value = literalValue(init)
      for (const map of into) map.set(id.name, value)
    }
  }
  for (const node of program.body) {
    if (node.type === 'VariableDeclaration') declare(node, [locals])
    if (node.type === 'ExpressionStatement') assignCommonJs(node.expression, exported)
    if (
      node.type === 'ExportNamedDeclaration' &&
      node.declaration?.type === 'VariableDeclaration'
    ) {
      declare(node.declaration, [locals, exported])
    }
  }
  for (const node of program.body) {
    if (node.type !== 'ExportNamedDeclaration' || node.source) continue
    for (const { local, exported: name } of node.specifiers) {
      if (local.type === 'Identifier' && name.type === 'Identifier')
        exported.set(name.name, locals.get(local.name))
    }
  }
  return exported
}

function assignCommonJs(expression: Expression, exported: Map<string, unknown>): void {
  if (expression.type !== 'AssignmentExpression' || expression.left.type !== 'MemberExpression')
    return
  const { object, property } = expression.left
  const onExports = object.type === 'Identifier' && object.name === 'exports'
  const onModule =
    object.type === 'MemberExpression' &&
    object.object.type === 'Identifier' &&
    object.object.name === 'module' &&
    object.property.type === 'Identifier' &&
    object.property.name === 'exports'
  if ((onExports || onModule) && property.type === 'Identifier')
    exported.set(property.name, literalValue(expression.right))
}

/**
 * Returns the value of a literal expression; undefined for anything else. Of an object, the members
 * with a value are kept.
 */
function literalValue(node: AnyNode): unknown {
  switch (node.type) {
    case 'Literal':
      return 'regex' in node && node.regex ? undefined : node.value
    case 'TemplateLiteral':
      return node.expressions.length === 0 ? (node.quasis[0]?.value.cooked ?? undefined) : undefined
    case 'UnaryExpression': {
      const value = literalValue(node.argument)
      if (node.operator === '-' && typeof value === 'number') return -value
      return node.operator === '!' && value !== undefined ? !value : undefined
    }
    case 'ArrayExpression': {
      const items = node.elements.map((item) => (item ? literalValue(item) : undefined))
      return items.includes(undefined) ? undefined : items
    }
    case 'ObjectExpression': {
      const entries: [string, unknown][] = []
      for (const property of node.properties) {
        if (property.type !== 'Property' || property.computed) continue
        const { key } = property
        const name =
          key.type === 'Identifier'
            ? key.name
            : key.type === 'Literal'
              ? String(key.value)
              : undefined
        const value = literalValue(property.value)
        if (name !== undefined && value !== undefined) entries.push([name, value])
      }
      return Object.fromEntries(entries)
    }
    default:
      return undefined
  }
}
