/**
 * Compiles the `matcher` of a middleware file into the manifest's rules: the same regular
 * expressions that Next.js generates, so that they match the same paths.
 */
import { type Key, parse, tokensToRegexp } from 'path-to-regexp'

/** One item of a matcher's `has` or `missing`. */
export interface Condition {
  readonly type: 'header' | 'cookie' | 'query' | 'host'
  readonly key?: string
  readonly value?: string
}

/** A matcher as the manifest has it; `regex` is case-sensitive. */
export interface MatcherRule {
  readonly source: string
  readonly regex: string
  readonly keys: readonly never[]
  readonly has?: readonly Condition[]
  readonly missing?: readonly Condition[]
}

/** The settings of next.config that change a matcher. */
export interface MatcherConfig {
  readonly basePath?: string
  readonly i18n?: { readonly locales?: readonly string[] } | null
}

/**
 * Variants of a page's path with which Next.js's client requests data: a matcher for the page
 * matches them too.
 */
const transport = '\\.rsc|\\.segments/.+\\.segment\\.rsc'
const longestSource = 4096

/**
 * Returns the rules of a `matcher`; without one, a rule that matches every path.
 * @throws Error that names the fault.
 */
export function compileMatchers(matcher: unknown, config: MatcherConfig): MatcherRule[] {
  if (matcher === undefined) return [{ source: '/:path*', regex: '^.*$', keys: [] }]
  if (typeof matcher !== 'string' && !Array.isArray(matcher)) {
    throw new Error(
      `matcher: expected a path or an array of paths and objects with "source", found ${shown(matcher)}`,
    )
  }
  return [matcher]
    .flat()
    .map((item, index) =>
      compile(item, Array.isArray(matcher) ? `matcher[${index}]` : 'matcher', config),
    )
}

function compile(item: unknown, place: string, config: MatcherConfig): MatcherRule {
  if (typeof item === 'string') return rule(item, true, place, config)
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    throw new Error(`${place}: expected a path or an object with "source", found ${shown(item)}`)
  }
  const { source, locale, has, missing, ...others } = item as Record<string, unknown>
  const unknown = Object.keys(others)[0]
  if (unknown !== undefined)
    throw new Error(`${place}: expected "source", "locale", "has" or "missing", found "${unknown}"`)
  if (typeof source !== 'string')
    throw new Error(`${place}.source: expected a path, found ${shown(source)}`)
  if (locale !== undefined && locale !== false)
    throw new Error(`${place}.locale: expected false, found ${shown(locale)}`)
  return {
    ...rule(source, locale !== false, `${place}.source`, config),
    ...(has === undefined ? {} : { has: conditions(has, `${place}.has`) }),
    ...(missing === undefined ? {} : { missing: conditions(missing, `${place}.missing`) }),
  }
}

function rule(
  source: string,
  localised: boolean,
  place: string,
  { basePath, i18n }: MatcherConfig,
): MatcherRule {
  if (!source.startsWith('/'))
    throw new Error(`${place}: source must start with /, found ${shown(source)}`)
  // Compiled alone first, so that an error refers to the text as written.
  expression(source, source, place)
  const isRoot = source === '/'
  let pattern = source
  if (i18n?.locales !== undefined && localised) {
    pattern = `/:nextInternalLocale((?!_next/)[^/.]{1,})${isRoot ? '' : source}`
  }
  const suffix = isRoot
    ? `(${i18n ? '|\\.json|' : ''}/?index|/?index\\.json|/?index(?:${transport}))?`
    : `{(\\.json|${transport})}?`
  pattern = `${basePath ?? ''}/:nextData(_next/data/[^/]{1,})?${pattern}${suffix}`
  if (pattern.length > longestSource)
    throw new Error(`${place}: exceeds the length of ${longestSource} characters`)
  return { source, regex: expression(pattern, source, place), keys: [] }
}

/** @throws Error for a source that is not a valid pattern. */
function expression(text: string, source: string, place: string): string {
  try {
    const tokens = parse(text)
    try {
      return tokensToRegexp(tokens).source
    } catch {
      // A list without a prefix has no separator: a slash is used.
      return tokensToRegexp(tokens.map(withSeparator)).source
    }
  } catch (error) {
    throw new Error(`${place}: Invalid source '${source}': ${(error as Error).message}`)
  }
}

function withSeparator(token: string | Key): string | Key {
  const repeats = typeof token === 'object' && (token.modifier === '*' || token.modifier === '+')
  return repeats && !token.prefix && !token.suffix ? { ...token, prefix: '/' } : token
}

function conditions(given: unknown, place: string): Condition[] {
  if (!Array.isArray(given)) throw new Error(`${place}: expected an array, found ${shown(given)}`)
  return given.map((item: unknown, index) => condition(item, `${place}[${index}]`))
}

function condition(item: unknown, place: string): Condition {
  const { type, key, value } = (typeof item === 'object' && item !== null ? item : {}) as Record<
    string,
    unknown
  >
  if (type === 'host') {
    if (typeof value !== 'string') throw new Error(`${place}: host must have a value`)
    return { type, value }
  }
  if (type !== 'header' && type !== 'cookie' && type !== 'query') {
    throw new Error(
      `${place}.type: expected "header", "cookie", "query" or "host", found ${shown(type)}`,
    )
  }
  if (typeof key !== 'string')
    throw new Error(`${place}: key is required when type is header, query or cookie`)
  if (value !== undefined && typeof value !== 'string')
    throw new Error(`${place}: value must be a string`)
  return value === undefined ? { type, key } : { type, key, value }
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value))
}
