/**
 * Determines the module format of a package's file, and whether Node.js can load it with all that
 * it imports: some packages only work bundled. Files are parsed with es-module-lexer, which knows
 * the grammar of imports and exports.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename, dirname, extname, join } from 'node:path'
import { init, parse } from 'es-module-lexer'
import { transform } from 'esbuild'

/** How Node.js loads a file. */
export type Format = 'esm' | 'commonjs' | 'not at all'

/** The exports of a file, as far as its text tells. */
export interface ExportedNames {
  readonly names: readonly string[]
  /** Whether it also has the exports of other modules (`export *`). */
  readonly open: boolean
}

/** The imports and exports of an ES module. */
interface ModuleText extends ExportedNames {
  /** Static imports. */
  readonly imports: readonly string[]
  /** The names that they import, by specifier. */
  readonly wanted: readonly (readonly [specifier: string, name: string])[]
  /** Relative specifiers of import() with a string literal. */
  readonly later: readonly string[]
  /** Whether it has a top-level await. */
  readonly awaits: boolean
  /** Whether it calls require(), which bundlers provide to ES modules and Node.js does not. */
  readonly requires: boolean
}

/** Analyses files and caches the results until {@link forget} is called. */
export class PackageFiles {
  readonly #formats = new Map<string, Format>()
  readonly #texts = new Map<string, Promise<ModuleText | null>>()
  readonly #loadable = new Map<string, Promise<boolean>>()

  forget(): void {
    this.#formats.clear()
    this.#texts.clear()
    this.#loadable.clear()
  }

  /** Determines the format from the file's name and package.json, or else from its text. */
  format(path: string): Format {
    let format = this.#formats.get(path)
    if (format === undefined) this.#formats.set(path, (format = formatOf(path)))
    return format
  }

  /** Returns the exports of an ES module. */
  async exported(path: string): Promise<ExportedNames> {
    return (await this.#text(path)) ?? { names: [], open: false }
  }

  /**
   * Whether Node.js can load the file with require(): everything that it imports can be resolved by
   * Node.js and loaded too, without top-level await and without a bundler's require().
   * @param layer the layer whose code imports it; the key under which the results of `resolve` are
   * cached.
   * @param resolve resolves a package from a folder; returns null if it cannot be resolved, and
   * true if it need not be analysed.
   */
  isLoadable(
    path: string,
    layer: string,
    resolve: (specifier: string, folder: string) => string | true | null,
  ): Promise<boolean> {
    const key = `${layer} ${path}`
    let result = this.#loadable.get(key)
    if (result === undefined) this.#loadable.set(key, (result = this.#look(path, resolve)))
    return result
  }

  async #look(
    path: string,
    resolve: (specifier: string, folder: string) => string | true | null,
  ): Promise<boolean> {
    // require() of such a module returns something other than its namespace.
    if (this.format(path) === 'esm' && (await this.exported(path)).names.includes('module.exports'))
      return false
    const files = new Set([path])
    for (const file of files) {
      const format = this.format(file)
      if (format === 'not at all') return false
      // require() always works for CommonJS; what it requires is only known when it runs.
      if (format === 'commonjs') continue
      const text = await this.#text(file)
      if (text === null || text.awaits || text.requires) return false
      for (const specifier of text.imports) {
        const found = this.#target(file, specifier, resolve)
        if (found === null) return false
        if (found !== true) files.add(found)
      }
      // A module that does not exist may never be imported.
      if (
        text.later.some(
          (specifier) =>
            this.#target(file, specifier, resolve) === null &&
            isFoundByBundlers(join(dirname(file), specifier)),
        )
      )
        return false
      for (const [specifier, name] of text.wanted) {
        const found = this.#target(file, specifier, resolve)
        if (typeof found === 'string' && !(await this.#mayExport(found, name))) return false
      }
    }
    return true
  }

  /**
   * Node.js cannot load a module that imports a name which does not exist, for example that of a
   * type, which a compiler has left in.
   */
  async #mayExport(path: string, name: string): Promise<boolean> {
    if (this.format(path) !== 'esm') return true
    const { names, open } = await this.exported(path)
    return open || names.includes(name)
  }

  #target(
    file: string,
    specifier: string,
    resolve: (specifier: string, folder: string) => string | true | null,
  ): string | true | null {
    if (isBuiltin(specifier) || /^(?:data|https?):/.test(specifier)) return true
    if (!/^(?:\.|\/|file:)/.test(specifier)) return resolve(specifier, dirname(file))
    const path = join(dirname(file), decodeURI(specifier.replace(/[?#].*$/, '')))
    return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : null
  }

  #text(path: string): Promise<ModuleText | null> {
    let text = this.#texts.get(path)
    if (text === undefined) this.#texts.set(path, (text = readModule(path)))
    return text
  }
}

/** Returns null for syntax that the lexer does not support, such as JSX. */
async function readModule(path: string): Promise<ModuleText | null> {
  await init()
  const source = readFileSync(path, 'utf8')
  try {
    const [imports, exports] = parse(source)
    const now = imports.flatMap((found) =>
      (found.type === 'static' || found.type === 'reexport-star') && !found.typeOnly
        ? [found.specifier]
        : [],
    )
    const later = imports.flatMap((found) =>
      found.type === 'dynamic' && !found.glob && found.specifier?.startsWith('.')
        ? [found.specifier]
        : [],
    )
    const named = imports.flatMap((found) =>
      found.type === 'static' && !found.typeOnly
        ? namesIn(source.slice(found.importStart, found.start)).map(
            (name) => [found.specifier, name] as const,
          )
        : [],
    )
    const again = exports.flatMap((found) =>
      found.type === 'reexport' && found.importName !== null
        ? [[found.from, found.importName] as const]
        : [],
    )
    const names = exports.flatMap((found) =>
      found.type === 'reexport-all' || found.typeOnly ? [] : [found.name],
    )
    return {
      imports: now,
      wanted: [...named, ...again],
      later,
      names,
      open: exports.some(({ type }) => type === 'reexport-all'),
      awaits: await awaitsAtTop(source),
      requires: callsRequire(source),
    }
  } catch {
    return null
  }
}

function isFoundByBundlers(path: string): boolean {
  return ['.js', '.mjs', '.cjs', '.jsx', '.ts', '.tsx', '.json', '/index.js'].some((ending) =>
    existsSync(path + ending),
  )
}

/** Returns the names that an import statement lists in braces. */
function namesIn(statement: string): string[] {
  const list = /\{([^}]*)\}/.exec(statement.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ''))?.[1] ?? ''
  return list.split(',').flatMap((part) => /^\s*([A-Za-z_$][\w$]*)/.exec(part)?.[1] ?? [])
}

/** Also finds esbuild's helper of that purpose, in packages that were bundled with esbuild. */
function callsRequire(source: string): boolean {
  const call = /\b(?:__)?require\d*\(\s*['"]/
  const own = /\b(?:const|let|var)\s+require\s*=|\bas\s+require\b|\bglobalThis\.require\s*=/
  if (!call.test(source) || own.test(source)) return false
  return call.test(source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ''))
}

/** If the word occurs, esbuild parses the file, which is fast. */
async function awaitsAtTop(source: string): Promise<boolean> {
  if (!/\bawait\b/.test(source)) return false
  try {
    await transform(source, {
      format: 'esm',
      supported: { 'top-level-await': false },
      logLevel: 'silent',
      loader: 'js',
    })
    return false
  } catch {
    return true
  }
}

function formatOf(path: string): Format {
  switch (extname(path)) {
    case '.mjs':
      return 'esm'
    case '.cjs':
    case '.node':
    case '.json':
      return 'commonjs'
    case '.js': {
      const type = packageType(path)
      if (type === 'module') return 'esm'
      if (type === 'commonjs') return 'commonjs'
      return hasModuleSyntax(path) ? 'not at all' : 'commonjs'
    }
    default:
      return 'not at all'
  }
}

function hasModuleSyntax(path: string): boolean {
  const source = readFileSync(path, 'utf8')
  if (!/\b(?:import|export)\b/.test(source)) return false
  try {
    const [imports, exports] = parse(source)
    // import() also occurs in CommonJS.
    return exports.length > 0 || imports.some(({ type }) => type !== 'dynamic')
  } catch {
    return false
  }
}

/** Returns `type` of the nearest package.json; undefined if it is not set. */
function packageType(path: string): unknown {
  for (let folder = dirname(path); basename(folder) !== 'node_modules'; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { type?: unknown }).type
    if (folder === dirname(folder)) break
  }
  return undefined
}
