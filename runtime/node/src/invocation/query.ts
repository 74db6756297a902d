import { parse } from 'node:querystring'

import type { Invocation } from './invocation.ts'
import type { RouteParameter } from '../project/manifest.ts'
import { URL, URLSearchParams } from '../web/platform.ts'

/** A query by name; the value is an array if a name occurs more than once. */
export type Query = Record<string, string | string[] | undefined>

/** Pairs that any serializer writes unchanged. */
const canonical = /^[\w.*-]+=[\w.*-]*(?:&[\w.*-]+=[\w.*-]*)*$/

/** Parses the query that the server's rewrites have made; see {@link Invocation.rewrittenQuery}. */
export function rewrittenQueryOf(text: string): Query {
  // Without a prototype: clients choose the names, and `__proto__` must be one like any other.
  const query: Query = Object.create(null)
  for (const pair of text === '' ? [] : text.split('&')) {
    const equals = pair.indexOf('=')
    const isList = pair.startsWith('[]', equals - 2)
    const name = decodeURIComponent(pair.slice(0, isList ? equals - 2 : equals))
    const value = decodeURIComponent(pair.slice(equals + 1))
    if (isList) query[name] = [...((query[name] as string[] | undefined) ?? []), value]
    else query[name] = value
  }
  return { ...query }
}

/** Returns the decoded query of a request target. */
export function queryOf(url: string): Query {
  const mark = url.indexOf('?')
  if (mark < 0) return {}
  return { ...parse(url.slice(mark + 1)) }
}

/** Returns a request target without the project's `basePath`, as handlers see it. */
export function withoutBasePath(url: string, basePath: string): string {
  if (basePath === '') return url
  let target = url
  if (!target.startsWith(basePath)) {
    // The target reaches `basePath` through dot segments.
    const { pathname, search } = new URL(`http://n${url}`)
    if (!pathname.startsWith(basePath)) return url
    target = pathname + search
  }
  const rest = target.slice(basePath.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** Returns a request target without its locale, for projects that have locales. */
export function withoutLocale(url: string, locales: readonly string[] | undefined): string {
  if (locales === undefined) return url
  const [, first = '', rest = ''] = /^\/([^/?]*)(.*)$/s.exec(url) ?? []
  if (!locales.some((locale) => locale.toLowerCase() === first.toLowerCase())) return url
  return rest.startsWith('/') ? rest : `/${rest}`
}

/**
 * What the URL standard normalizes in a path: dot segments, and characters that it percent-encodes.
 */
const notNormalized = /["<>^`{}]|\/(?:\.|%2e)/i

/** Returns the target with its path normalized as the URL standard does. */
export function normalizedPath(url: string): string {
  const mark = url.indexOf('?')
  if (!notNormalized.test(mark < 0 ? url : url.slice(0, mark))) return url
  const { pathname } = new URL(`http://n${url}`)
  return mark < 0 ? pathname : pathname + url.slice(mark)
}

/**
 * Returns a request target with its query as Next.js passes it to handlers: decoded, grouped by
 * name and encoded again, without names of the route's parameters.
 */
export function normalizeUrl(target: string, parameters: readonly RouteParameter[]): string {
  const url = normalizedPath(target)
  const mark = url.indexOf('?')
  if (mark < 0) return url
  const text = url.slice(mark + 1)
  // A single pair is already grouped; with more pairs, equal names may be apart.
  if (
    parameters.length === 0 &&
    canonical.test(text) &&
    (!text.includes('&') || namesAreDistinct(text))
  )
    return url
  const pairs = new URLSearchParams()
  for (const [name, value] of Object.entries(queryOf(url))) {
    if (parameters.some((parameter) => parameter.name === name)) continue
    for (const item of [value ?? ''].flat()) pairs.append(name, item)
  }
  const written = pairs.toString()
  return written === '' ? url.slice(0, mark) : `${url.slice(0, mark)}?${written}`
}

function namesAreDistinct(text: string): boolean {
  const names = text.split('&').map((pair) => pair.slice(0, pair.indexOf('=')))
  // Numeric names move to the front of an object.
  return new Set(names).size === names.length && !names.some((name) => /^\d/.test(name))
}
