/**
 * Reads `turbopack.rules` of next.config and the import attributes that replace a rule: which
 * loaders a file passes through and what type the result has. Pure; webpack_loaders.ts runs the
 * loaders.
 */
import { basename, matchesGlob } from 'node:path'

/** A loader with its options, in webpack's form. */
export interface LoaderItem {
  readonly loader: string
  readonly options: Readonly<Record<string, unknown>>
}

/** How a file is processed. */
export interface ModuleRule {
  readonly loaders: readonly LoaderItem[]
  /** Renames the result, for example "*.js"; the extension determines its type. */
  readonly as: string | null
  /** The type of the result, independent of its name; see the Next.js docs of `turbopack.rules`. */
  readonly type: string | null
}

/** The file that is matched against the rules. */
export interface RuleSubject {
  /** Relative to the project. */
  readonly path: string
  /** Includes the "?"; empty without a query. */
  readonly query: string
  readonly mode: string
  /** Reads the file; called only if a rule has a condition on the content. */
  readonly content: () => string
}

/** The rule that matches a file. */
export interface FoundRule {
  readonly rule: ModuleRule
  /** Why Next.js may choose another rule; null if it cannot. */
  readonly doubt: string | null
}

/** A regular expression as it is written in the configuration's plain data. */
interface PlainPattern {
  readonly source: string
  readonly flags: string
}

/** Returns the rule of `rules` that matches a file, or null. */
export function findRule(rules: unknown, subject: RuleSubject): FoundRule | null {
  const matching: ModuleRule[] = []
  let doubt: string | null = null
  for (const [glob, value] of Object.entries(isObject(rules) ? rules : {})) {
    const fits = glob.includes('/')
      ? matchesGlob(subject.path, glob.replace(/^\.?\//, ''))
      : matchesGlob(basename(subject.path), glob)
    if (!fits) continue
    const found = rulesOf(value).filter(
      ({ condition }) => condition === undefined || holds(condition, subject),
    )
    if (found.length > 0 && glob.includes('/'))
      doubt = `the glob ${glob} of turbopack.rules, which is matched against the path of the file`
    matching.push(...found.map(({ rule }) => rule))
  }
  const [rule] = matching
  if (rule === undefined) return null
  if (matching.length > 1) doubt = `${matching.length} entries of turbopack.rules that all match`
  return { rule, doubt }
}

/** Returns the rule that the import attributes state, or null. */
export function ruleOfAttributes(attributes: Readonly<Record<string, string>>): ModuleRule | null {
  const {
    turbopackLoader: loader,
    turbopackLoaderOptions: options,
    turbopackAs: as,
    turbopackModuleType: type,
  } = attributes
  if (loader === undefined && type === undefined) {
    return attributes['type'] === 'text' || attributes['type'] === 'bytes'
      ? { loaders: [], as: null, type: attributes['type'] }
      : null
  }
  const loaders =
    loader === undefined
      ? []
      : [
          {
            loader,
            options: options === undefined ? {} : (JSON.parse(options) as Record<string, unknown>),
          },
        ]
  return { loaders, as: as ?? null, type: type ?? null }
}

function rulesOf(value: unknown): { rule: ModuleRule; condition: unknown }[] {
  if (Array.isArray(value)) {
    const isListOfLoaders = value.every(
      (item) => typeof item === 'string' || (isObject(item) && 'loader' in item),
    )
    if (isListOfLoaders)
      return [
        { rule: { loaders: value.map(loaderOf), as: null, type: null }, condition: undefined },
      ]
    return value.flatMap(rulesOf)
  }
  if (!isObject(value)) return []
  const loaders = Array.isArray(value['loaders']) ? value['loaders'].map(loaderOf) : []
  return [
    {
      rule: { loaders, as: textOf(value['as']), type: textOf(value['type']) },
      condition: value['condition'],
    },
  ]
}

function loaderOf(value: unknown): LoaderItem {
  if (typeof value === 'string') return { loader: value, options: {} }
  const { loader, options } = value as { loader?: unknown; options?: unknown }
  return { loader: String(loader), options: isObject(options) ? options : {} }
}

/** All routes are server code, so `node` holds and `browser` does not. */
function holds(condition: unknown, subject: RuleSubject): boolean {
  if (typeof condition === 'string') return namedCondition(condition, subject)
  if (!isObject(condition)) return false
  return Object.entries(condition).every(([name, value]) => {
    switch (name) {
      case 'all':
        return Array.isArray(value) && value.every((one) => holds(one, subject))
      case 'any':
        return Array.isArray(value) && value.some((one) => holds(one, subject))
      case 'not':
        return !holds(value, subject)
      case 'path':
        return typeof value === 'string'
          ? matchesPath(subject.path, value)
          : patternOf(value)?.test(subject.path) === true
      case 'query':
        return typeof value === 'string'
          ? value === subject.query
          : patternOf(value)?.test(subject.query) === true
      case 'content':
        return patternOf(value)?.test(subject.content()) === true
      default:
        return false
    }
  })
}

function namedCondition(name: string, { path, mode }: RuleSubject): boolean {
  if (name === 'foreign') return path.includes('node_modules/')
  return name === mode || name === 'node'
}

function matchesPath(path: string, glob: string): boolean {
  return matchesGlob(glob.includes('/') ? path : basename(path), glob)
}

function patternOf(value: unknown): RegExp | null {
  const { source, flags } = (isObject(value) ? value : {}) as Partial<PlainPattern>
  return typeof source === 'string' ? new RegExp(source, (flags ?? '').replace('g', '')) : null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
