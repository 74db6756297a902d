/**
 * `turbopack.rules` of next.config and the import attributes that stand for a rule: which loaders a
 * file goes through and what its result is. Pure; running loaders is webpack_loaders.ts.
 */
import { basename, matchesGlob } from 'node:path'

/** A loader with its options, as webpack knows it. */
export interface LoaderItem {
  readonly loader: string
  readonly options: Readonly<Record<string, unknown>>
}

/** What is done with a file. */
export interface ModuleRule {
  readonly loaders: readonly LoaderItem[]
  /** "*.js": the name of the result, whose extension says what it is. */
  readonly as: string | null
  /** What the result is whatever its name; see docs of `turbopack.rules`. */
  readonly type: string | null
}

/** A file that is asked for. */
export interface RuleSubject {
  /** Relative to the project. */
  readonly path: string
  /** With its "?"; empty where there is none. */
  readonly query: string
  readonly mode: string
  /** Called only where a rule looks inside. */
  readonly content: () => string
}

/** What is found for a file. */
export interface FoundRule {
  readonly rule: ModuleRule
  /** Why Next.js may decide otherwise; null where it can't. */
  readonly doubt: string | null
}

/** A regular expression as the configuration's plain data has it. */
interface PlainPattern {
  readonly source: string
  readonly flags: string
}

/** The rule that `rules` have for a file; null where they have none. */
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
      doubt = `the glob ${glob} of turbopack.rules, which is matched against its path`
    matching.push(...found.map(({ rule }) => rule))
  }
  const [rule] = matching
  if (rule === undefined) return null
  if (matching.length > 1)
    doubt = `${matching.length} entries of turbopack.rules one after the other`
  return { rule, doubt }
}

/** The rule that stands at the import itself; null where none does. */
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

/** All routes are server code. */
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
