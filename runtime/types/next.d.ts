// The types of `next` and `next/*` for projects without the package. Members that are missing here
// are not supported. A project includes the types in its tsconfig.json:
//
//   "include": ["**/*.ts", "<millrace>/share/millrace/types/next.d.ts"]

/// <reference path="./images.d.ts" />
/** The options that `fetch` accepts under `next` in route handlers. */
interface NextFetchRequestConfig {
  revalidate?: number | false
  tags?: string[]
}

interface RequestInit {
  next?: NextFetchRequestConfig | undefined
}

declare module 'next' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export type PreviewData = string | false | object | undefined

  export interface NextApiRequest extends IncomingMessage {
    query: Partial<{ [name: string]: string | string[] }>
    cookies: Partial<{ [name: string]: string }>
    body: any
    env: { [name: string]: string | undefined }
    draftMode?: boolean
    preview?: boolean
    previewData?: PreviewData
  }

  type Send<T> = (body: T) => void

  export type NextApiResponse<Data = any> = ServerResponse & {
    send: Send<Data>
    json: Send<Data>
    status: (code: number) => NextApiResponse<Data>
    redirect(url: string): NextApiResponse<Data>
    redirect(status: number, url: string): NextApiResponse<Data>
    setDraftMode: (options: { enable: boolean }) => NextApiResponse<Data>
    setPreviewData: (
      data: object | string,
      options?: { maxAge?: number; path?: string },
    ) => NextApiResponse<Data>
    clearPreviewData: (options?: { path?: string }) => NextApiResponse<Data>
    revalidate: (path: string, options?: { unstable_onlyGenerated?: boolean }) => Promise<void>
  }

  export type NextApiHandler<T = any> = (req: NextApiRequest, res: NextApiResponse<T>) => unknown

  export interface PageConfig {
    api?: {
      bodyParser?: { sizeLimit?: number | string } | false
      responseLimit?: number | string | boolean
      externalResolver?: boolean
    }
    runtime?: 'edge' | 'experimental-edge' | 'nodejs'
    maxDuration?: number
    regions?: string[]
  }

  /**
   * For pages, which Millrace does not serve: overloads in the types of packages distinguish it
   * from the arguments of a handler.
   */
  export interface GetServerSidePropsContext {
    req: IncomingMessage & { cookies: Partial<{ [name: string]: string }> }
    res: ServerResponse
    params?: { [name: string]: string | string[] | undefined }
    query: { [name: string]: string | string[] | undefined }
    preview?: boolean
    previewData?: PreviewData
    draftMode?: boolean
    resolvedUrl: string
    locale?: string
    locales?: string[]
    defaultLocale?: string
  }

  /** The types of `instrumentation.ts`. */
  export namespace Instrumentation {
    type onRequestError = (
      error: unknown,
      request: Readonly<{ path: string; method: string; headers: NodeJS.Dict<string | string[]> }>,
      context: Readonly<{
        routerKind: 'Pages Router' | 'App Router'
        routePath: string
        routeType: 'render' | 'route' | 'action' | 'proxy'
        renderSource?:
          | 'react-server-components'
          | 'react-server-components-payload'
          | 'server-rendering'
        revalidateReason: 'on-demand' | 'stale' | undefined
      }>,
    ) => void | Promise<void>
  }

  /** The return types of metadata files that are routes. */
  export namespace MetadataRoute {
    type RobotsRule = {
      userAgent?: string | string[]
      allow?: string | string[]
      disallow?: string | string[]
      crawlDelay?: number
      other?: Record<string, string | number | (string | number)[] | null | undefined>
    }
    type Robots = {
      rules: RobotsRule | (RobotsRule & { userAgent: string | string[] })[]
      sitemap?: string | string[]
      host?: string
    }
    type Sitemap = {
      url: string
      lastModified?: string | Date
      changeFrequency?: 'always' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly' | 'never'
      priority?: number
      alternates?: { languages?: Record<string, string | undefined> }
      images?: string[]
      videos?: Video[]
    }[]
    type VideoRelation = { relationship: 'allow' | 'deny'; content: string }
    type Video = {
      title: string
      thumbnail_loc: string
      description: string
      content_loc?: string
      player_loc?: string
      duration?: number
      expiration_date?: Date | string
      rating?: number
      view_count?: number
      publication_date?: Date | string
      family_friendly?: 'yes' | 'no'
      restriction?: VideoRelation
      platform?: VideoRelation
      requires_subscription?: 'yes' | 'no'
      uploader?: { info?: string; content?: string }
      live?: 'yes' | 'no'
      tag?: string
    }
    type Manifest = {
      name?: string
      short_name?: string
      description?: string
      start_url?: string
      icons?: { src: string; type?: string; sizes?: string; purpose?: string }[]
      [name: string]: unknown
    }
  }

  type RuleCondition =
    | { type: 'header' | 'query' | 'cookie'; key: string; value?: string }
    | { type: 'host'; key?: undefined; value: string }

  interface Rule {
    source: string
    basePath?: false
    locale?: false
    has?: RuleCondition[]
    missing?: RuleCondition[]
  }

  export type Header = Rule & { headers: { key: string; value: string }[] }
  export type Rewrite = Rule & { destination: string }
  export type Redirect = Rule & { destination: string } & (
      | { permanent: boolean; statusCode?: never }
      | { statusCode: number; permanent?: never }
    )

  export interface DomainLocale {
    domain: string
    defaultLocale: string
    locales?: readonly string[]
    http?: true
  }

  export interface NextConfig {
    headers?: () => Promise<Header[]> | Header[]
    redirects?: () => Promise<Redirect[]> | Redirect[]
    rewrites?: () =>
      | Promise<
          Rewrite[] | { beforeFiles?: Rewrite[]; afterFiles?: Rewrite[]; fallback?: Rewrite[] }
        >
      | Rewrite[]
      | { beforeFiles?: Rewrite[]; afterFiles?: Rewrite[]; fallback?: Rewrite[] }
    i18n?: {
      locales: string[]
      defaultLocale: string
      domains?: DomainLocale[]
      localeDetection?: false
    } | null
    compress?: boolean
    distDir?: string
    skipTrailingSlashRedirect?: boolean
    skipProxyUrlNormalize?: boolean
    cacheComponents?: boolean
    cacheLife?: Record<string, { stale?: number; revalidate?: number; expire?: number }>
    cacheMaxMemorySize?: number
    expireTime?: number
    httpAgentOptions?: { keepAlive?: boolean }
    basePath?: string
    trailingSlash?: boolean
    poweredByHeader?: boolean
    generateEtags?: boolean
    pageExtensions?: string[]
    env?: Record<string, string | undefined>
    serverExternalPackages?: string[]
    transpilePackages?: string[]
    experimental?: Record<string, unknown>
    [name: string]: unknown
  }
}

declare module 'next/server' {
  type CookieAttributes = {
    path?: string | undefined
    domain?: string | undefined
    expires?: Date | number | undefined
    maxAge?: number | undefined
    secure?: boolean | undefined
    httpOnly?: boolean | undefined
    sameSite?: true | false | 'lax' | 'strict' | 'none' | undefined
    partitioned?: boolean | undefined
    priority?: 'low' | 'medium' | 'high' | undefined
  }

  export interface RequestCookie {
    name: string
    value: string
  }

  export type ResponseCookie = RequestCookie & CookieAttributes

  export interface RequestCookies {
    readonly size: number
    get(cookie: string | { name: string }): RequestCookie | undefined
    getAll(cookie?: string | { name: string }): RequestCookie[]
    has(name: string): boolean
    set(name: string, value: string): this
    set(cookie: RequestCookie): this
    delete(name: string): boolean
    delete(names: string[]): boolean[]
    clear(): this
    [Symbol.iterator](): MapIterator<[string, RequestCookie]>
    toString(): string
  }

  export interface ResponseCookies {
    readonly size: number
    [Symbol.iterator](): MapIterator<[string, ResponseCookie]>
    get(cookie: string | { name: string }): ResponseCookie | undefined
    getAll(cookie?: string | { name: string }): ResponseCookie[]
    has(name: string): boolean
    set(name: string, value: string, attributes?: CookieAttributes): this
    set(cookie: ResponseCookie): this
    delete(name: string): this
    delete(cookie: Omit<ResponseCookie, 'value' | 'expires'>): this
    toString(): string
  }

  export interface NextURL extends URL {
    basePath: string
    locale: string
    readonly defaultLocale: string | undefined
    readonly domainLocale: import('next').DomainLocale | undefined
    readonly buildId: string | undefined
    clone(): NextURL
  }

  export class NextRequest extends Request {
    constructor(input: URL | RequestInfo, init?: RequestInit & { duplex?: 'half' })
    readonly cookies: RequestCookies
    readonly nextUrl: NextURL
  }

  export interface NextResponseInit extends ResponseInit {
    url?: string
  }

  export class NextResponse<Body = unknown> extends Response {
    constructor(body?: BodyInit | null, init?: NextResponseInit)
    /** Only for the type of a body. */
    readonly __body?: Body
    readonly cookies: ResponseCookies
    static json<Body>(body: Body, init?: ResponseInit): NextResponse<Body>
    static redirect(
      url: string | NextURL | URL,
      init?: number | ResponseInit,
    ): NextResponse<unknown>
    static rewrite(
      destination: string | NextURL | URL,
      init?: ResponseInit & { request?: { headers?: Headers } },
    ): NextResponse<unknown>
    static next(init?: ResponseInit & { request?: { headers?: Headers } }): NextResponse<unknown>
    /** Accepts the client's upgrade to a WebSocket; see Millrace's docs/websockets.md. */
    static upgrade(hooks: WebSocketHooks, options?: UpgradeOptions): NextResponse<null>
  }

  /** A client's WebSocket: that of the package `crossws`, in short. */
  export interface WebSocketPeer {
    readonly id: string
    readonly request: Request
    readonly remoteAddress: string | undefined
    readonly context: Record<string, unknown>
    readonly topics: Set<string>
    readonly bufferedAmount: number
    readonly websocket: Partial<WebSocket>
    send(data: unknown, options?: { compress?: boolean }): number | void | undefined
    subscribe(topic: string): void
    unsubscribe(topic: string): void
    publish(topic: string, data: unknown, options?: { compress?: boolean }): void
    close(code?: number, reason?: string): void
    terminate(): void
  }

  /** A message of a client. */
  export interface WebSocketMessage {
    readonly id: string
    readonly data: unknown
    readonly rawData: unknown
    text(): string
    json<T = unknown>(): T
    uint8Array(): Uint8Array
    arrayBuffer(): ArrayBuffer | SharedArrayBuffer
    blob(): Blob
  }

  export interface WebSocketHooks {
    open?(peer: WebSocketPeer): unknown
    message?(peer: WebSocketPeer, message: WebSocketMessage): unknown
    close?(peer: WebSocketPeer, details: { code?: number; reason?: string }): unknown
    error?(peer: WebSocketPeer, error: Error): unknown
  }

  export interface UpgradeOptions {
    /** The subprotocol, one of those that the client offers. */
    protocol?: string
    /** Origins of pages that may connect, besides those of the same host. */
    allowedOrigins?: string[]
  }

  /** The second argument of the middleware function. */
  export class NextFetchEvent {
    private constructor()
    readonly sourcePage: string
    waitUntil(promise: Promise<unknown>): void
  }

  export type NextMiddlewareResult = NextResponse | Response | null | undefined | void
  export type NextMiddleware = (
    request: NextRequest,
    event: NextFetchEvent,
  ) => NextMiddlewareResult | Promise<NextMiddlewareResult>
  export type NextProxy = NextMiddleware

  type RouteCondition =
    | { type: 'header' | 'query' | 'cookie'; key: string; value?: string }
    | { type: 'host'; key?: undefined; value: string }
  type ProxyMatcher =
    | string
    | { locale?: false; source: string; has?: RouteCondition[]; missing?: RouteCondition[] }

  export interface ProxyConfig {
    matcher?: string | ProxyMatcher[]
    regions?: string[] | string
    unstable_allowDynamic?: string[] | string
  }
  export type MiddlewareConfig = ProxyConfig & { runtime?: 'edge' | 'experimental-edge' | 'nodejs' }

  export interface UserAgent {
    isBot: boolean
    ua: string
    browser: { name?: string; version?: string; major?: string }
    device: { model?: string; type?: string; vendor?: string }
    engine: { name?: string; version?: string }
    os: { name?: string; version?: string }
    cpu: { architecture?: string }
  }

  export { URLPattern } from 'node:url'

  /** @deprecated Throws: moved to `next/og`, which needs the package `next`. */
  export function ImageResponse(): never

  export function userAgent(request: { headers: Headers }): UserAgent
  export function userAgentFromString(text: string | undefined): UserAgent
  export function after<T>(task: Promise<T> | (() => T | Promise<T>)): void
  export function connection(): Promise<void>
}

declare module 'next/headers' {
  import type { RequestCookie, ResponseCookies } from 'next/server'

  export interface ReadonlyHeaders extends Headers {
    /** @deprecated Throws. */
    append(...args: any[]): void
    /** @deprecated Throws. */
    set(...args: any[]): void
    /** @deprecated Throws. */
    delete(...args: any[]): void
  }

  export interface DraftMode {
    readonly isEnabled: boolean
    enable(): void
    disable(): void
  }

  /** The request's cookies, overridden by those that the handler has set. */
  export interface ReadonlyRequestCookies
    extends Pick<ResponseCookies, 'set' | 'delete' | 'toString'> {
    readonly size: number
    get(cookie: string | { name: string }): RequestCookie | undefined
    getAll(cookie?: string | { name: string }): RequestCookie[]
    has(name: string): boolean
    [Symbol.iterator](): MapIterator<[string, RequestCookie]>
  }

  export type { RequestCookie }
  export function cookies(): Promise<ReadonlyRequestCookies>
  export function headers(): Promise<ReadonlyHeaders>
  export function draftMode(): Promise<DraftMode>
}

declare module 'next/navigation' {
  export const RedirectType: { readonly push: 'push'; readonly replace: 'replace' }
  export type RedirectType = 'push' | 'replace'
  export function redirect(url: string, type?: RedirectType): never
  export function permanentRedirect(url: string, type?: RedirectType): never
  export function notFound(): never
  export function forbidden(): never
  export function unauthorized(): never
  export function unstable_rethrow(error: unknown): void
  export class ReadonlyURLSearchParams extends URLSearchParams {}
}

declare module 'next/cache' {
  export interface CacheLife {
    stale?: number
    revalidate?: number
    expire?: number
  }

  export function unstable_cache<T extends (...args: any[]) => Promise<any>>(
    work: T,
    keyParts?: string[],
    options?: { revalidate?: number | false; tags?: string[] },
  ): T
  export function revalidateTag(tag: string, profile?: string | CacheLife): void
  export function revalidatePath(path: string, type?: 'layout' | 'page'): void
  export function updateTag(tag: string): void
  export function refresh(): void
  export function unstable_noStore(): void
  export function cacheLife(profile: string | CacheLife): void
  export function cacheTag(...tags: string[]): void
  export function io(): Promise<void>
}

declare module 'next/og' {
  /** @deprecated Throws: only the package `next` can draw images. */
  export class ImageResponse extends Response {
    constructor(
      element: unknown,
      options?: ResponseInit & { width?: number; height?: number; [name: string]: unknown },
    )
  }
}

/** The phases that a configuration function is called with. */
declare module 'next/constants' {
  export const PHASE_EXPORT: 'phase-export'
  export const PHASE_ANALYZE: 'phase-analyze'
  export const PHASE_PRODUCTION_BUILD: 'phase-production-build'
  export const PHASE_PRODUCTION_SERVER: 'phase-production-server'
  export const PHASE_DEVELOPMENT_SERVER: 'phase-development-server'
  export const PHASE_TEST: 'phase-test'
  export const PHASE_INFO: 'phase-info'
}

declare module 'next/cache.js' {
  export * from 'next/cache'
}

declare module 'next/constants.js' {
  export * from 'next/constants'
}

declare module 'next/headers.js' {
  export * from 'next/headers'
}

declare module 'next/navigation.js' {
  export * from 'next/navigation'
}

declare module 'next/og.js' {
  export * from 'next/og'
}

declare module 'next/server.js' {
  export * from 'next/server'
}
