/**
 * What `next start` knows of a request when it calls a route's entry: the entry's `requestMeta`.
 */
import type { Invocation } from '../invocation/invocation.ts'
import { queryOf, rewrittenQueryOf, type Query } from '../invocation/query.ts'
import type { ApiRequest } from '../pages/request.ts'
import type { ProjectNext } from './project_next.ts'
import { projectDir } from './project_dir.ts'

/** The members that entries of routes read. */
export interface RequestMeta {
  /** From the working directory to the project. */
  readonly relativeProjectDir: string
  /** Absolute path of what `next build` has written. */
  readonly distDir: string
  readonly initURL: string
  readonly initProtocol: 'http' | 'https'
  readonly query: Query
  readonly params: Readonly<Record<string, string | string[]>> | undefined
  /** What the page of an error is for. */
  readonly invokeError?: unknown
}

/** Names, addresses and ports: nothing that would end a URL's authority. */
const plainHost = /^[\w.:[\]-]+$/

/** By which Next.js's client tells requests for the same page apart that caches must not mix up. */
const cacheBuster = '_rsc'

/** The same for a page. */
export function pageMetaOf(
  req: ApiRequest,
  next: ProjectNext,
  invocation: Invocation,
): RequestMeta {
  const meta = requestMetaOf(req, next, invocation)
  const { [cacheBuster]: _, ...query } = meta.query
  return { ...meta, query }
}

/** Makes the metadata of an invocation whose request is `req`. */
export function requestMetaOf(
  req: ApiRequest,
  { distDir }: ProjectNext,
  invocation: Invocation,
): RequestMeta {
  const { url, rewrittenQuery, target } = invocation
  const { headers } = req
  const initProtocol = String(headers['x-forwarded-proto']).includes('https') ? 'https' : 'http'
  const host = headers['host'] as string | undefined
  const authority = host !== undefined && plainHost.test(host) ? host : 'localhost'
  return {
    relativeProjectDir: projectDir,
    distDir,
    initURL: `${initProtocol}://${authority}${url}`,
    initProtocol,
    query: rewrittenQuery === null ? queryOf(url) : rewrittenQueryOf(rewrittenQuery),
    params: target.route.parameters.length === 0 ? undefined : invocation.params(),
  }
}
