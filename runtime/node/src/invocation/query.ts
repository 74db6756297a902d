import { parse } from 'node:querystring'

import type { Invocation } from './invocation.ts'
import type { RouteParameter } from '../project/manifest.ts'
import { URL, URLSearchParams } from '../web/platform.ts'

/** A query by name: an array where a name came more than once. */
export type Query = Record<string, string | string[] | undefined>

/** Pairs that come out as they went in, whoever writes them. */
const canonical = /^[\w.*-]+=[\w.*-]*(?:&[\w.*-]+=[\w.*-]*)*$/

/** The query as the server's rewrites have made it; see {@link Invocation.rewrittenQuery}. */
export function rewrittenQueryOf(text: string): Query {
  // Without a prototype: names come from clients, and none has a meaning of its own.
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

/** The query of a request target, decoded. */
export function queryOf(url: string): Query {
  const mark = url.indexOf('?')
  if (mark < 0) return {}
  return { ...parse(url.slice(mark + 1)) }
}

/** A request target as handlers see it where the project has a `basePath`: without it. */
export function withoutBasePath(url: string, basePath: string): string {
  if (basePath === '') return url
  let target = url
  if (!target.startsWith(basePath)) {
    // Dot segments lead below it.
    const { pathname, search } = new URL(`http://n${url}`)
    if (!pathname.startsWith(basePath)) return url
    target = pathname + search
  }
  const rest = target.slice(basePath.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** A request target without the locale that it names, where the project has locales. */
export function withoutLocale(url: string, locales: readonly string[] | undefined): string {
  if (locales === undefined) return url
  const [, first = '', rest = ''] = /^\/([^/?]*)(.*)$/s.exec(url) ?? []
  if (!locales.some((locale) => locale.toLowerCase() === first.toLowerCase())) return url
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** What a URL's path writes otherwise: dot segments, and characters that it escapes. */
const unsettled = /["<>^`{}]|\/(?:\.|%2e)/i

/** The target's path as the URL standard writes it. */
export function settledPath(url: string): string {
  const mark = url.indexOf('?')
  if (!unsettled.test(mark < 0 ? url : url.slice(0, mark))) return url
  const { pathname } = new URL(`http://n${url}`)
  return mark < 0 ? pathname : pathname + url.slice(mark)
}

/**
 * A request target with its query as Next.js hands it to handlers: decoded, grouped by name and
 * encoded again, without what is named as a parameter of the route.
 */
export function normalizeUrl(target: string, parameters: readonly RouteParameter[]): string {
  const url = settledPath(target)
  const mark = url.indexOf('?')
  if (mark < 0) return url
  const text = url.slice(mark + 1)
  // One pair is in its group already; the rest may have names apart that belong together.
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
  // Numbers move to an object's front.
  return new Set(names).size === names.length && !names.some((name) => /^\d/.test(name))
}
