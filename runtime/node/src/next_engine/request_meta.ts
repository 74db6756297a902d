/** The `requestMeta` of an entry: what `next start` knows of a request when it calls the entry. */
import type { Invocation } from '../invocation/invocation.ts'
import { queryOf, rewrittenQueryOf, type Query } from '../invocation/query.ts'
import type { ApiRequest } from '../pages/request.ts'
import type { RenderedPage } from './page_shell.ts'
import type { Locales, ProjectNext } from './project_next.ts'
import { projectDir } from './project_dir.ts'

/** The members that entries of routes read. */
export interface RequestMeta {
  /** Path from the working directory to the project. */
  readonly relativeProjectDir: string
  /** Absolute path of the output of `next build`. */
  readonly distDir: string
  readonly initURL: string
  readonly initProtocol: 'http' | 'https'
  readonly query: Query
  /** The locale of a page of the Pages Router, if the project has locales. */
  readonly locale?: string
  /** The default locale of the request's domain, or of the project. */
  readonly defaultLocale?: string
  readonly params: Readonly<Record<string, string | string[]>> | undefined
  /** The error that an error page is shown for. */
  readonly invokeError?: unknown
  /** Of a page whose shell has been sent: what its rest is rendered with. */
  readonly postponed?: string
  /** Gets a page that may have a rest before the entry answers; true: it has answered itself. */
  readonly onCacheEntryV2?: (page: RenderedPage) => Promise<boolean>
}

/** Names, addresses and ports: characters that cannot end a URL's authority. */
const plainHost = /^[\w.:[\]-]+$/

/** The parameter by which Next.js's client makes caches distinguish requests for one page. */
const cacheBuster = '_rsc'

/** By which the server names the locale in which a page responds. */
const localeField = 'x-millrace-locale'

/** Makes the metadata of an invocation of a page. */
export function pageMetaOf(
  req: ApiRequest,
  next: ProjectNext,
  invocation: Invocation,
): RequestMeta {
  const meta = requestMetaOf(req, next, invocation)
  const { [cacheBuster]: _, ...query } = meta.query
  const locale = req.headers[localeField]
  // The page is not to see it.
  delete (req.headers as Record<string, unknown>)[localeField]
  const { i18n } = next.config
  const { path } = invocation.target.route
  // The server shows the page since the middleware has failed; of the error, it shows nothing.
  const hasFailed = invocation.initialStatus === 500 && (path === '/500' || path === '/_error')
  return {
    ...meta,
    query,
    ...(hasFailed ? { invokeError: new Error('The middleware has failed') } : {}),
    ...(typeof locale === 'string' ? { locale } : {}),
    ...(i18n ? { defaultLocale: defaultLocaleOf(i18n, req) } : {}),
  }
}

/** Returns the default locale of the domain that a request names, or of the project. */
export function defaultLocaleOf(i18n: Locales, { headers }: ApiRequest): string {
  const host = String(headers['host']).replace(/:.*$/s, '').toLowerCase()
  const domain = i18n.domains?.find(
    (item) => item.domain.replace(/:.*$/s, '').toLowerCase() === host,
  )
  return domain?.defaultLocale ?? i18n.defaultLocale
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
