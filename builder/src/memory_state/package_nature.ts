/**
 * Determines from a package's own code what it is: a client, which reaches out of the process and
 * keeps its state elsewhere, or one that can only keep it in memory; and which of its methods
 * change the object they are called on. The package's name plays no part.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { AnyNode, Node } from 'acorn'
import { parseScript } from '../syntax/parse.ts'
import { children, isFunction } from '../syntax/scopes.ts'
import { usualMutators } from './builtins.ts'

/** Limit on the files of a package that are analysed; a package with more counts as unknown. */
const maximumFiles = 300
const maximumParsed = 512 * 1024

const imports = /(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*["']([^"'\n]+)["']/g
/** Ways to reach out of the process other than the modules of Node.js. */
const reachesByItself =
  /(?:\b(?:await|return|typeof|globalThis\.|global\.)|[=(?:,>&|])\s*fetch\b|\bnew WebSocket\b|\bXMLHttpRequest\b/
/** Usual names of the methods of rate limiters and counters. */
const counting = [
  'increment',
  'incr',
  'consume',
  'hit',
  'take',
  'acquire',
  'removeTokens',
  'tryRemoveTokens',
]
const asksForChance =
  /\bDate\.now\b|\bnew Date\(\)|\brandomBytes\b|\brandomUUID\b|\bgetRandomValues\b|\brandomFillSync\b/
const waysOut = new Set(['net', 'tls', 'http', 'https', 'http2', 'dgram', 'child_process'])

/** What is known of a package. */
interface Nature {
  readonly isClient: boolean
  readonly isSteady: boolean
  /** Files of the package itself. */
  readonly files: readonly string[]
}

/** Caches its results until they are cleared. */
export class PackageNatures {
  readonly #root: string
  readonly #natures = new Map<string, Nature>()
  readonly #mutators = new Map<string, ReadonlySet<string> | null>()

  constructor(root: string) {
    this.#root = root
  }

  /**
   * Whether the package reaches out of the process; a package that cannot be found counts as if it
   * does.
   */
  isClient(specifier: string): boolean {
    return this.#nature(specifier).isClient
  }

  /**
   * Whether the package computes the same result from the same arguments: it reads neither the time
   * nor random bytes.
   */
  isSteady(specifier: string): boolean {
    return this.#nature(specifier).isSteady
  }

  /**
   * Whether a method of that name changes what the package keeps. If the code cannot be read, the
   * usual names of such methods decide.
   */
  changes(specifier: string, method: string): boolean {
    let found = this.#mutators.get(specifier)
    if (found === undefined) {
      found = mutatorsOf(this.#nature(specifier).files)
      this.#mutators.set(specifier, found)
    }
    return found === null ? usualMutators.has(method) : found.has(method)
  }

  /**
   * Whether the package counts calls, in methods of the usual names: a function that it creates may
   * count too.
   */
  counts(specifier: string): boolean {
    return (
      this.#nature(specifier).files.length > 0 &&
      counting.some((name) => this.changes(specifier, name))
    )
  }

  #nature(specifier: string): Nature {
    const known = this.#natures.get(specifier)
    if (known !== undefined) return known
    const nature = this.#analyse(specifier)
    this.#natures.set(specifier, nature)
    return nature
  }

  #analyse(specifier: string): Nature {
    const first = resolvePackage(specifier, join(this.#root, 'index.js'))
    if (first === null) return { isClient: true, isSteady: false, files: [] }
    const own = packageFolder(first)
    const seen = new Set<string>()
    const queue = [first]
    const files: string[] = []
    let isClient = false
    let isSteady = true
    for (
      let file = queue.shift();
      file !== undefined && seen.size < maximumFiles;
      file = queue.shift()
    ) {
      if (seen.has(file)) continue
      seen.add(file)
      isClient ||= file.endsWith('.node')
      if (isClient || !/\.[cm]?js$/.test(file)) continue
      const text = readFileSync(file, 'utf8')
      if (packageFolder(file) === own) files.push(file)
      isClient = reachesByItself.test(text)
      isSteady &&= !asksForChance.test(text)
      for (const [, name = ''] of text.matchAll(imports)) {
        if (waysOut.has(name.replace(/^node:/, '').split('/')[0]!)) isClient = true
        const next = name.startsWith('.')
          ? resolveFile(join(dirname(file), name))
          : resolvePackage(name, file)
        if (next !== null) queue.push(next)
      }
    }
    return { isClient, isSteady: isSteady && !isClient, files: [...new Set(files)] }
  }
}

function resolvePackage(specifier: string, from: string): string | null {
  try {
    const found = createRequire(from).resolve(specifier)
    return found.startsWith('/') ? found : null
  } catch {
    return resolveByHand(specifier, from)
  }
}

/** Resolves packages that only `import` can load. */
function resolveByHand(specifier: string, from: string): string | null {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  for (let folder = dirname(from); folder !== dirname(folder); folder = dirname(folder)) {
    const home = join(folder, 'node_modules', name)
    if (!existsSync(join(home, 'package.json'))) continue
    const { exports, module, main } = JSON.parse(
      readFileSync(join(home, 'package.json'), 'utf8'),
    ) as Record<string, unknown>
    const subpath = `.${specifier.slice(name.length)}`
    const table = exports as Record<string, unknown> | undefined
    const target = firstText(
      table?.[subpath] ?? (subpath === '.' ? (exports ?? module ?? main) : undefined),
    )
    return target === null ? null : resolveFile(join(home, target))
  }
  return null
}

function firstText(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return null
  const { node, import: imported, default: usual } = value as Record<string, unknown>
  return firstText(node) ?? firstText(imported) ?? firstText(usual)
}

function resolveFile(path: string): string | null {
  for (const candidate of [
    path,
    `${path}.js`,
    `${path}.cjs`,
    `${path}.mjs`,
    join(path, 'index.js'),
  ]) {
    if (statSync(candidate, { throwIfNoEntry: false })?.isFile()) return candidate
  }
  return null
}

function packageFolder(file: string): string {
  const at = file.lastIndexOf('/node_modules/')
  if (at < 0) return dirname(file)
  const [scope = '', name = ''] = file.slice(at + '/node_modules/'.length).split('/', 2)
  return `${file.slice(0, at)}/node_modules/${scope.startsWith('@') ? `${scope}/${name}` : scope}`
}

interface Body {
  changes: boolean
  /** Whether it changes one of its parameters. */
  changesGiven: boolean
  /** Names of the functions to which it passes `this` or variables around it. */
  readonly hands: Set<string>
  readonly calls: Set<string>
}

/**
 * Returns the names of the functions that change `this` or variables around them, directly or
 * through each other; null if the code cannot be read.
 */
function mutatorsOf(files: readonly string[]): ReadonlySet<string> | null {
  const bodies = new Map<string, Body>()
  let parsed = 0
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    parsed += text.length
    if (parsed > maximumParsed) return null
    const program = parseScript(text)
    if (program !== undefined) collect(program, [], bodies)
  }
  if (bodies.size === 0) return null
  for (let changed = true; changed; ) {
    changed = false
    for (const body of bodies.values()) {
      if (body.changes) continue
      if (
        ![...body.calls].some((name) => bodies.get(name)?.changes) &&
        ![...body.hands].some((name) => bodies.get(name)?.changesGiven)
      )
        continue
      body.changes = changed = true
    }
  }
  return new Set([...bodies].flatMap(([name, { changes }]) => (changes ? [name] : [])))
}

function collect(node: AnyNode, parents: AnyNode[], bodies: Map<string, Body>): void {
  if (isFunction(node)) {
    const name = nameOf(node, parents.at(-1))
    if (name !== null) {
      const body = bodies.get(name) ?? {
        changes: false,
        changesGiven: false,
        hands: new Set<string>(),
        calls: new Set<string>(),
      }
      bodies.set(name, body)
      inspect(
        node,
        namesWithin(node),
        new Set(
          node.params.flatMap((parameter) =>
            parameter.type === 'Identifier' ? [parameter.name] : [],
          ),
        ),
        body,
      )
    }
  }
  parents.push(node)
  for (const below of children(node)) collect(below, parents, bodies)
  parents.pop()
}

function nameOf(node: AnyNode, parent: AnyNode | undefined): string | null {
  if (node.type === 'FunctionDeclaration') return node.id?.name ?? null
  switch (parent?.type) {
    case 'MethodDefinition':
    case 'Property':
    case 'PropertyDefinition':
      return parent.type === 'MethodDefinition' && parent.kind === 'constructor'
        ? null
        : memberName(parent.key)
    case 'AssignmentExpression':
      return parent.left.type === 'MemberExpression'
        ? memberName(parent.left.property)
        : parent.left.type === 'Identifier'
          ? parent.left.name
          : null
    case 'VariableDeclarator':
      return parent.id.type === 'Identifier' ? parent.id.name : null
    default:
      return null
  }
}

function memberName(key: AnyNode): string | null {
  return key.type === 'Identifier'
    ? key.name
    : key.type === 'PrivateIdentifier'
      ? `#${key.name}`
      : null
}

/** Returns all names that a function and the functions inside of it declare. */
function namesWithin(root: AnyNode): Set<string> {
  const names = new Set<string>()
  const declare = (node: Node | null): void => {
    const found = node as AnyNode | null
    if (found?.type === 'Identifier') names.add(found.name)
    else if (found !== null) for (const below of children(found)) declare(below)
  }
  const visit = (node: AnyNode): void => {
    if (isFunction(node)) node.params.forEach(declare)
    if (node.type === 'VariableDeclarator') declare(node.id)
    if (node.type === 'CatchClause') declare(node.param ?? null)
    for (const below of children(node)) visit(below)
  }
  visit(root)
  return names
}

function rootOf(target: AnyNode): AnyNode {
  let at = target
  while (at.type === 'MemberExpression' || at.type === 'ChainExpression')
    at = (at.type === 'MemberExpression' ? at.object : at.expression) as AnyNode
  return at
}

/** Records what a function changes that outlives its call, and what it calls. */
function inspect(
  node: AnyNode,
  own: ReadonlySet<string>,
  given: ReadonlySet<string>,
  body: Body,
): void {
  const lasts = (target: AnyNode): boolean => {
    const at = rootOf(target)
    if (at !== target && at.type === 'Identifier') body.changesGiven ||= given.has(at.name)
    return at.type === 'ThisExpression' || (at.type === 'Identifier' && !own.has(at.name))
  }
  switch (node.type) {
    case 'AssignmentExpression':
      // A value that is only set if it was empty is looked up again, not changed.
      body.changes ||=
        !/^(?:\?\?|\|\|)=$/.test(node.operator) &&
        (node.left.type === 'MemberExpression' || node.left.type === 'Identifier') &&
        lasts(node.left)
      break
    case 'UpdateExpression':
      body.changes ||= lasts(node.argument as AnyNode)
      break
    case 'UnaryExpression':
      body.changes ||= node.operator === 'delete' && lasts(node.argument as AnyNode)
      break
    case 'CallExpression': {
      const callee = node.callee as AnyNode
      if (callee.type === 'Identifier' && !own.has(callee.name)) {
        body.calls.add(callee.name)
        if (node.arguments.some((argument) => argument.type === 'ThisExpression'))
          body.hands.add(callee.name)
      }
      if (callee.type !== 'MemberExpression') break
      const name = memberName(callee.property)
      if (name === null || !lasts(callee.object as AnyNode)) break
      if (callee.object.type === 'ThisExpression') body.calls.add(name)
      else body.changes ||= usualMutators.has(name)
      break
    }
  }
  for (const below of children(node)) inspect(below, own, given, body)
}
