/**
 * Compiles sources of rules to regular expressions, and destinations to tokens, with
 * path-to-regexp.
 */
import { type Key, parse, pathToRegexp, tokensToRegexp } from 'path-to-regexp'

/** A piece of a destination as the manifest has it: text, or a parameter. */
export type TemplateToken =
  | { readonly text: string }
  | {
      readonly name: string
      readonly prefix?: string
      readonly suffix?: string
      readonly modifier?: string
    }

/** A parameter of a source, in the order of the expression's groups. */
export interface RuleKey {
  readonly name?: string
  readonly repeats?: true
  readonly separator?: string
}

/** A source as the manifest has it. */
export interface SourcePattern {
  readonly regex: string
  readonly keys: readonly RuleKey[]
}

/** A list without a prefix has no separator: a slash is used. */
export function withSeparators(tokens: readonly (string | Key)[]): (string | Key)[] {
  return tokens.map((token) => {
    const repeats = typeof token === 'object' && (token.modifier === '*' || token.modifier === '+')
    return repeats && !token.prefix && !token.suffix ? { ...token, prefix: '/' } : token
  })
}

/**
 * Matches as Next.js does: the whole path, with or without a trailing slash, case-insensitively.
 */
export function compileSource(source: string, excluded: readonly string[]): SourcePattern {
  const keys: Key[] = []
  const options = { strict: true, sensitive: false, delimiter: '/' }
  let regex: string
  try {
    regex = pathToRegexp(source, keys, options).source
  } catch {
    keys.length = 0
    regex = tokensToRegexp(withSeparators(parse(source)), keys, options).source
  }
  if (excluded.length > 0) regex = regex.replace('^', `^(?!${excluded.join('|')})`)
  return { regex: regex.replace(/\$$/, '(?:\\/)?$'), keys: keys.map(describeKey) }
}

function describeKey(key: Key): RuleKey {
  // A group without a name is matched but yields no parameter.
  const named = typeof key.name === 'string' ? { name: key.name } : {}
  const repeats = key.modifier === '*' || key.modifier === '+'
  return repeats ? { ...named, repeats, separator: `${key.prefix}${key.suffix}` } : named
}

/**
 * Returns the tokens of a destination's path or host.
 * @throws Error for text that is not a valid pattern.
 */
export function compileTemplate(text: string): TemplateToken[] {
  return parse(text).map((token) => {
    if (typeof token === 'string') return { text: token }
    const { name, prefix, suffix, modifier } = token
    return {
      name: String(name),
      ...(prefix ? { prefix } : {}),
      ...(suffix ? { suffix } : {}),
      ...(modifier ? { modifier } : {}),
    }
  })
}
