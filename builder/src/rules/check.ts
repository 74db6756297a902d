/**
 * Validates the results of `headers()`, `redirects()` and `rewrites()` of next.config, by Next.js's
 * rules and with its messages: a project must fail here if `next build` fails.
 */
import { parse, tokensToRegexp } from 'path-to-regexp'
import { withSeparators } from './pattern.ts'

/** The function that a rule came from. */
export type RuleKind = 'header' | 'redirect' | 'rewrite'

/** One item of a rule's `has` or `missing`. */
export interface GivenCondition {
  readonly type: 'header' | 'cookie' | 'query' | 'host'
  readonly key?: string
  readonly value?: string
}

/** A rule as a project writes it, after validation. */
export interface GivenRule {
  readonly source: string
  readonly destination?: string
  readonly permanent?: boolean
  readonly statusCode?: number
  readonly basePath?: false
  readonly locale?: false
  readonly has?: readonly GivenCondition[]
  readonly missing?: readonly GivenCondition[]
  readonly headers?: readonly { readonly key: string; readonly value: string }[]
}

const redirectStatuses = [301, 302, 303, 307, 308]
const conditionTypes = ['header', 'cookie', 'query', 'host']
const common = ['source', 'locale', 'has', 'missing', 'basePath']
const allowed: Record<RuleKind, readonly string[]> = {
  header: [...common, 'headers'],
  redirect: [...common, 'statusCode', 'permanent', 'destination'],
  rewrite: [...common, 'destination'],
}

/**
 * Returns the rules.
 * @throws Error that lists everything wrong with them.
 */
export function checkRules(given: unknown, kind: RuleKind): GivenRule[] {
  if (!Array.isArray(given)) {
    throw new Error(
      `${kind}s must return an array, received ${typeof given}.\nSee here for more info: https://nextjs.org/docs/messages/routes-must-be-array`,
    )
  }
  const problems = given.flatMap((rule: unknown) => problemsOf(rule, kind))
  if (problems.length > 0) {
    throw new Error(
      `${problems.join('\n')}\nInvalid ${kind}${problems.length === 1 ? '' : 's'} found`,
    )
  }
  return given as GivenRule[]
}

function problemsOf(given: unknown, kind: RuleKind): string[] {
  if (typeof given !== 'object' || given === null) {
    const needed = kind === 'header' ? 'headers' : 'destination'
    return [
      `The route ${JSON.stringify(given)} is not a valid object with \`source\` and \`${needed}\``,
    ]
  }
  const rule = given as Record<string, unknown>
  const destination = rule['destination']
  const leaves = typeof destination === 'string' && /^https?:\/\//.test(destination)
  if (kind === 'rewrite' && rule['basePath'] === false && !leaves) {
    return [
      `The route ${String(rule['source'])} rewrites urls outside of the basePath. Please use a destination that starts with \`http://\` or \`https://\` https://nextjs.org/docs/messages/invalid-external-rewrite`,
    ]
  }
  const problems = [
    ...flags(rule),
    ...conditionProblems(rule, 'has'),
    ...conditionProblems(rule, 'missing'),
    ...sourceProblems(rule['source']),
    ...(kind === 'header'
      ? headerProblems(rule['headers'])
      : destinationProblems(destination, kind)),
    ...(kind === 'redirect' ? statusProblems(rule) : []),
  ]
  if (problems.length === 0) problems.push(...parameterProblems(rule))
  const others = Object.keys(rule).filter((key) => !allowed[kind].includes(key))
  if (others.length > 0)
    problems.push(`invalid field${others.length === 1 ? '' : 's'}: ${others.join(',')}`)
  return problems.length === 0 ? [] : [`${problems.join(', ')} for route ${JSON.stringify(rule)}`]
}

function flags(rule: Record<string, unknown>): string[] {
  return ['basePath', 'locale']
    .filter((name) => rule[name] !== undefined && rule[name] !== false)
    .map((name) => `\`${name}\` must be undefined or false`)
}

function conditionProblems(rule: Record<string, unknown>, name: 'has' | 'missing'): string[] {
  const items = rule[name]
  if (items === undefined) return []
  if (!Array.isArray(items)) return [`\`${name}\` must be undefined or valid has object`]
  const problems = items.flatMap((item: unknown) => {
    const { type, key, value } = (item ?? {}) as Record<string, unknown>
    const parts = [
      ...(conditionTypes.includes(type as string) ? [] : [`invalid type "${String(type)}"`]),
      ...(typeof key === 'string' || type === 'host' ? [] : [`invalid key "${String(key)}"`]),
      ...(value === undefined || typeof value === 'string'
        ? []
        : [`invalid value "${String(value)}"`]),
      ...(value === undefined && type === 'host' ? ['value is required for "host" type'] : []),
    ]
    return parts.length === 0 ? [] : [`${parts.join(', ')} for ${JSON.stringify(item)}`]
  })
  return problems.length === 0
    ? []
    : [`invalid \`${name}\` item${problems.length === 1 ? '' : 's'} found: ${problems.join('; ')}`]
}

function sourceProblems(source: unknown): string[] {
  if (!source) return ['`source` is missing']
  if (typeof source !== 'string') return ['`source` is not a string']
  if (!source.startsWith('/')) return ['`source` does not start with /']
  try {
    const expression = tokensToRegexp(withSeparators(parse(source))).source
    return expression.length > 4096 ? ['`source` exceeds max built length of 4096'] : []
  } catch (error) {
    return [`\`source\` parse failed: ${(error as Error).message}`]
  }
}

function headerProblems(headers: unknown): string[] {
  if (!Array.isArray(headers)) return ['`headers` field must be an array']
  if (headers.length === 0) return ['`headers` field cannot be empty']
  for (const header of headers as unknown[]) {
    if (typeof header !== 'object' || header === null)
      return ["`headers` items must be object with { key: '', value: '' }"]
    const { key, value } = header as Record<string, unknown>
    if (typeof key !== 'string') return ['`key` in header item must be string']
    if (typeof value !== 'string') return ['`value` in header item must be string']
  }
  return []
}

function destinationProblems(destination: unknown, kind: RuleKind): string[] {
  if (!destination) return ['`destination` is missing']
  if (typeof destination !== 'string') return ['`destination` is not a string']
  if (kind === 'rewrite' && !/^(\/|https?:\/\/)/.test(destination)) {
    return ['`destination` does not start with `/`, `http://`, or `https://`']
  }
  return []
}

function statusProblems(rule: Record<string, unknown>): string[] {
  const { statusCode, permanent } = rule
  if (statusCode && !redirectStatuses.includes(statusCode as number)) {
    return [
      `\`statusCode\` is not undefined or valid statusCode (valid are ${redirectStatuses.join(', ')})`,
    ]
  }
  return typeof permanent !== 'boolean' && !statusCode
    ? ['`permanent` is not set to `true` or `false`']
    : []
}

/** A destination may only use parameters of its source or conditions. */
function parameterProblems(rule: Record<string, unknown>): string[] {
  const { source, destination, has } = rule as unknown as GivenRule
  if (!destination?.startsWith('/')) return []
  const given = parse(source).flatMap((token) => (typeof token === 'string' ? [] : [token.name]))
  const unnamed = given.filter(
    (name) => typeof name === 'number' && new RegExp(`:${name}(?!\\d)`).test(destination),
  )
  if (unnamed.length > 0)
    return [`\`destination\` has unnamed params ${unnamed.map((name) => `:${name}`).join(', ')}`]
  const known = new Set([...given, ...conditionNames(has)])
  const url = new URL(destination, 'http://n')
  let named: (string | number)[] = []
  try {
    named = parse(url.pathname + url.hash).flatMap((token) =>
      typeof token === 'string' ? [] : [token.name],
    )
  } catch (error) {
    return [`\`destination\` parse failed: ${(error as Error).message}`]
  }
  const missing = [...new Set(named)].filter((name) => !known.has(name))
  return missing.length === 0
    ? []
    : [`\`destination\` has segments not in \`source\` or \`has\` (${missing.join(', ')})`]
}

/**
 * Returns the parameters that a rule's `has` may yield: keys as they are written, named groups, the
 * host.
 */
export function conditionNames(has: GivenRule['has'] = []): string[] {
  return has.flatMap(({ type, key, value = '' }) => {
    if (value === '') return key === undefined ? [] : [key]
    const groups = [...value.matchAll(/\(\?<([a-zA-Z][a-zA-Z0-9]*)>/g)].map((match) => match[1]!)
    return type === 'host' ? [...groups, 'host'] : groups
  })
}
