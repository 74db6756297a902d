/**
 * Produces the rules of next.config for the manifest: calls `headers()`, `redirects()` and
 * `rewrites()`, validates the results, adds basePath and locales, and compiles them.
 */
import type { Locales } from '../config/locales.ts'
import type { ProjectConfig } from '../config/normalise.ts'
import {
  checkRules,
  conditionNames,
  type GivenCondition,
  type GivenRule,
  type RuleKind,
} from './check.ts'
import { compileDestination, type DestinationTemplate } from './destination.ts'
import { compileSource, type RuleKey } from './pattern.ts'

/** A rule as the manifest has it; which of the last three members are set depends on its kind. */
export interface CompiledRule {
  readonly source: string
  readonly regex: string
  readonly keys: readonly RuleKey[]
  readonly has?: readonly GivenCondition[]
  readonly missing?: readonly GivenCondition[]
  readonly headers?: readonly { readonly key: string; readonly value: string }[]
  readonly destination?: DestinationTemplate
  readonly statusCode?: number
}

/** The manifest's "rules". */
export interface CompiledRules {
  readonly headers: readonly CompiledRule[]
  readonly redirects: readonly CompiledRule[]
  readonly rewrites: {
    readonly beforeFiles: readonly CompiledRule[]
    readonly afterFiles: readonly CompiledRule[]
    readonly fallback: readonly CompiledRule[]
  }
}

/**
 * Returns the rules of the configuration that was `exported`; null if it has none.
 * @throws Error that says what is wrong with them, or with the message that their functions threw.
 */
export async function loadRules(
  exported: object,
  config: ProjectConfig,
): Promise<CompiledRules | null> {
  const given = exported as Record<'headers' | 'redirects' | 'rewrites', unknown>
  const [headers, redirects, rewrites] = [
    await call(given.headers, exported),
    await call(given.redirects, exported),
    byPhase(await call(given.rewrites, exported)),
  ]
  const compile = (rules: unknown, kind: RuleKind): CompiledRule[] =>
    placed(checkRules(rules, kind), kind, config).map((rule) =>
      compileRule(rule, kind, config.basePath),
    )
  const rules = {
    headers: compile(headers, 'header'),
    redirects: compile(redirects, 'redirect'),
    rewrites: {
      beforeFiles: [
        ...assetRewrites(config).map((rule) => compileRule(rule, 'rewrite', config.basePath)),
        ...compile(rewrites.beforeFiles, 'rewrite'),
      ],
      afterFiles: compile(rewrites.afterFiles, 'rewrite'),
      fallback: compile(rewrites.fallback, 'rewrite'),
    },
  }
  const lists = [rules.headers, rules.redirects, ...Object.values(rules.rewrites)]
  return lists.every((list) => list.length === 0) ? null : rules
}

/** The markers by which folders of the App Router intercept others. */
const marker = /\(\.{1,3}\)/g

/**
 * Compiles the rewrites that `next build` adds for intercepting routes; they are complete, with
 * base path. A marker in a destination has the syntax of a pattern without a name, but is text.
 */
export function compileInterceptions(rules: readonly GivenRule[]): CompiledRule[] {
  return rules.map((rule) => {
    const compiled = compileRule(rule, 'rewrite', '')
    const markers = rule.destination?.match(marker) ?? []
    const path = compiled.destination?.path.map((token) => {
      if (!('name' in token)) return token
      const text = markers[Number(token.name)]
      return text === undefined ? token : { text: (token.prefix ?? '') + text }
    })
    return path === undefined
      ? compiled
      : { ...compiled, destination: { ...compiled.destination!, path } }
  })
}

/** Returns the rules with rewrites after those of `beforeFiles`. */
export function withBeforeFiles(
  rules: CompiledRules | null,
  added: readonly CompiledRule[],
): CompiledRules | null {
  if (added.length === 0) return rules
  const { headers = [], redirects = [], rewrites } = rules ?? {}
  const { beforeFiles = [], afterFiles = [], fallback = [] } = rewrites ?? {}
  return {
    headers,
    redirects,
    rewrites: { beforeFiles: [...beforeFiles, ...added], afterFiles, fallback },
  }
}

/** Files of the build are also served below the path of `assetPrefix`, wherever its host points. */
function assetRewrites({ assetPrefix, basePath }: ProjectConfig): GivenRule[] {
  if (assetPrefix === '') return []
  const isUrl = /^https?:\/\//.test(assetPrefix) && URL.canParse(assetPrefix)
  const path = isUrl ? new URL(assetPrefix).pathname : assetPrefix
  if (path === '/') return []
  const prefix = path.startsWith('/') ? path : `/${path}`
  if (prefix === basePath) return []
  return [{ source: `${prefix}/_next/:path+`, destination: `${basePath}/_next/:path+` }]
}

async function call(given: unknown, config: object): Promise<unknown> {
  return typeof given === 'function' ? ((await (given as () => unknown).call(config)) ?? null) : []
}

function byPhase(given: unknown): { beforeFiles: unknown; afterFiles: unknown; fallback: unknown } {
  const phases = ['beforeFiles', 'afterFiles', 'fallback']
  const isPhased =
    typeof given === 'object' &&
    given !== null &&
    !Array.isArray(given) &&
    Object.keys(given).every((key) => phases.includes(key))
  if (!isPhased) return { beforeFiles: [], afterFiles: given, fallback: [] }
  const { beforeFiles, afterFiles, fallback } = given as Record<string, unknown>
  return { beforeFiles: beforeFiles ?? [], afterFiles: afterFiles ?? [], fallback: fallback ?? [] }
}

/** Adds basePath and locales to sources and destinations, as Next.js does. */
function placed(rules: readonly GivenRule[], kind: RuleKind, config: ProjectConfig): GivenRule[] {
  const { i18n } = config
  return rules.flatMap((rule) => {
    const basePath = rule.basePath === false ? '' : config.basePath
    const inside = rule.destination?.startsWith('/') === true
    const below = inside ? basePath : ''
    const join = (before: string, path: string): string =>
      `${before}${path === '/' && before !== '' && !config.trailingSlash ? '' : path}`
    const made: GivenRule[] = []
    let { source, destination } = rule
    if (i18n && rule.locale !== false) {
      if (kind === 'redirect' && inside) made.push(...forDefaultLocales(rule, i18n, basePath, join))
      const names = i18n.locales
        .map((locale) => locale.replace(/[|\\{}()[\]^$+*?.-]/g, '\\$&'))
        .join('|')
      source = join(`/:nextInternalLocale(${names})`, source)
      if (inside) destination = join('/:nextInternalLocale', destination!)
    }
    source = source === '/' && basePath ? basePath : `${basePath}${source}`
    if (destination !== undefined)
      destination = destination === '/' && below ? below : `${below}${destination}`
    return [...made, { ...rule, source, ...(destination === undefined ? {} : { destination }) }]
  })
}

/** Returns variants of redirects whose destinations do not name the default locale. */
function forDefaultLocales(
  rule: GivenRule,
  { domains = [], defaultLocale }: Locales,
  basePath: string,
  join: (before: string, path: string) => string,
): GivenRule[] {
  const places = domains.map((item) => ({
    locale: item.defaultLocale,
    base: `http${item.http ? '' : 's'}://${item.domain}`,
  }))
  return [...places, { locale: defaultLocale, base: '' }].map(({ locale, base }) => ({
    ...rule,
    source: `${basePath}${join(`/${locale}`, rule.source)}`,
    destination: `${base}${basePath}${rule.destination ?? ''}`,
  }))
}

function compileRule(rule: GivenRule, kind: RuleKind, basePath: string): CompiledRule {
  const { source, destination, has, missing, headers } = rule
  const excluded = kind === 'redirect' ? [`${basePath}/_next`.replaceAll('/', '\\/')] : []
  const compiled = compileSource(source, excluded)
  const names = [
    ...compiled.keys.flatMap(({ name }) => name ?? []),
    ...conditionNames(has).map(parameterName),
  ]
  const status = rule.statusCode || (rule.permanent === true ? 308 : 307)
  return {
    source,
    ...compiled,
    ...(has === undefined ? {} : { has }),
    ...(missing === undefined ? {} : { missing }),
    ...(kind === 'header' ? { headers: headers!.map(({ key, value }) => ({ key, value })) } : {}),
    ...(destination === undefined ? {} : { destination: compileDestination(destination, names) }),
    ...(kind === 'redirect' ? { statusCode: status } : {}),
  }
}

/** Returns the letters of a condition's key, from which Next.js forms the parameter's name. */
function parameterName(key: string): string {
  return key.replace(/[^a-zA-Z]/g, '')
}
