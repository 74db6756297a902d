/**
 * The route `/_next/image`: runs the image optimiser of the project's own Next.js, with its cache
 * on disk, as Next.js's server does. Concurrent requests for one image share one optimisation.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { logError } from '../base/errors.ts'
import type { OutgoingResponse } from '../pages/outgoing_response.ts'
import type { ApiRequest } from '../pages/request.ts'
import type { Entry, EntryContext } from './entry.ts'
import { fetchFromServer, type MockedRequest, type MockedResponse } from './image_source.ts'
import type { NextConfig, ProjectNext } from './project_next.ts'
import type { RequestMeta } from './request_meta.ts'

interface ImagesConfig {
  /** Seconds. */
  readonly minimumCacheTTL: number
  readonly dangerouslyAllowLocalIP?: boolean
  readonly maximumResponseBody?: number
  readonly maximumRedirects?: number
}

type Config = NextConfig & { readonly images: ImagesConfig }

interface ImageParameters {
  readonly href: string
  readonly isAbsolute: boolean
  readonly isStatic: boolean
}

interface Source {
  readonly buffer: Buffer
}

interface Optimised {
  readonly buffer: Buffer
  readonly contentType: string
  readonly maxAge: number
  readonly etag: string
  readonly upstreamEtag: string
}

interface ImageValue {
  readonly kind: 'IMAGE'
  readonly buffer: Buffer
  readonly etag: string
  readonly upstreamEtag: string
  readonly extension: string
}

interface CacheEntry {
  readonly value: ImageValue | null
  readonly cacheControl?: { readonly revalidate: number; readonly expire: undefined }
  readonly isMiss?: boolean
  readonly isStale?: boolean | -1
}

interface ImageCache {
  readonly cacheDir: string
}

/** The members of `next/dist/server/image-optimizer` that are used here. */
interface Optimizer {
  readonly ImageError: new (...args: never[]) => Error & { readonly statusCode: number }
  readonly ImageOptimizerCache: {
    new (options: { distDir: string; nextConfig: Config }): ImageCache
    validateParams(
      req: ApiRequest,
      query: object,
      config: Config,
      isDev: boolean,
    ): ImageParameters | { readonly errorMessage: string }
    getCacheKey(parameters: ImageParameters): string
  }
  fetchExternalImage(
    href: string,
    dangerouslyAllowLocalIP: boolean | undefined,
    maximumResponseBody: number | undefined,
    maximumRedirects: number | undefined,
  ): Promise<Source>
  fetchInternalImage(
    href: string,
    req: ApiRequest,
    res: OutgoingResponse,
    maximumResponseBody: number | undefined,
    handleRequest: (req: MockedRequest, res: MockedResponse) => Promise<void>,
  ): Promise<Source>
  imageOptimizer(
    source: Source,
    parameters: ImageParameters,
    config: Config,
    options: { isDev: boolean; previousCacheEntry: CacheEntry | null },
  ): Promise<Optimised>
  sendResponse(
    req: ApiRequest,
    res: OutgoingResponse,
    url: string,
    extension: string,
    buffer: Buffer,
    etag: string,
    isStatic: boolean,
    state: 'MISS' | 'STALE' | 'HIT',
    config: ImagesConfig,
    maxAge: number,
    isDev: boolean,
  ): void
}

/** Next.js's cache of responses, which also combines requests for one key. */
interface ResponseCache {
  get(
    key: string,
    generate: (state: { readonly previousCacheEntry: CacheEntry | null }) => Promise<CacheEntry>,
    context: {
      readonly routeKind: string
      readonly incrementalCache: ImageCache
      readonly isFallback: boolean
      readonly waitUntil: (promise: Promise<unknown>) => void
    },
  ): Promise<CacheEntry | { readonly error: unknown } | null>
}

/** The field in which the server names its own origin; it removes clients' fields of this name. */
const serverField = 'x-millrace-server'

interface Exchange extends Omit<EntryContext, 'requestMeta'> {
  readonly req: ApiRequest
  readonly res: OutgoingResponse
}

/** Creates the entry of the route. */
export function imageEntry(next: ProjectNext): Entry {
  const images = new ImageResponder(next)
  return {
    handler: (req, res, { requestMeta, ...context }) =>
      images.handle({ req, res, ...context }, requestMeta.query),
  }
}

/** Runs Next.js's optimiser for the images of one build. */
class ImageResponder {
  readonly #optimizer: Optimizer
  readonly #config: Config
  readonly #onDisk: ImageCache
  readonly #responses: ResponseCache
  readonly #getExtension: (type: string) => string

  constructor(next: ProjectNext) {
    this.#optimizer = next.load<Optimizer>('next/dist/server/image-optimizer')
    const { default: ResponseCache } = next.load<{
      default: new (options: { minimalMode: boolean; route: string }) => ResponseCache
    }>('next/dist/server/response-cache')
    this.#getExtension = next.load<{ getExtension: (type: string) => string }>(
      'next/dist/server/serve-static',
    ).getExtension
    this.#config = next.config as Config
    // Next.js bounds the cache of one folder in a process: that of the build loaded last.
    next
      .load<{ resetDiskLRU?: () => void }>('next/dist/server/lib/disk-lru-cache.external')
      .resetDiskLRU?.()
    this.#onDisk = new this.#optimizer.ImageOptimizerCache({
      distDir: next.distDir,
      nextConfig: this.#config,
    })
    this.#responses = new ResponseCache({ minimalMode: false, route: 'image' })
  }

  /** Responds to a request; rejects never. */
  async handle(exchange: Exchange, query: RequestMeta['query']): Promise<void> {
    const { req, res } = exchange
    const { ImageOptimizerCache, ImageError } = this.#optimizer
    try {
      const parameters = ImageOptimizerCache.validateParams(req, query, this.#config, false)
      if ('errorMessage' in parameters) {
        res.statusCode = 400
        res.end(parameters.errorMessage)
        return
      }
      await this.#respond(exchange, parameters)
    } catch (error) {
      if (error instanceof ImageError) {
        res.statusCode = error.statusCode
        res.end(error.message)
        return
      }
      logError(error)
      res.statusCode = 500
      res.end('Internal Server Error')
    }
  }

  async #respond(exchange: Exchange, parameters: ImageParameters): Promise<void> {
    const { req, res, waitUntil, keepImage } = exchange
    const key = this.#optimizer.ImageOptimizerCache.getCacheKey(parameters)
    const entry = await this.#responses.get(
      key,
      ({ previousCacheEntry }) => this.#optimise(exchange, parameters, previousCacheEntry),
      { routeKind: 'IMAGE', incrementalCache: this.#onDisk, isFallback: false, waitUntil },
    )
    if (entry !== null && 'error' in entry) throw entry.error
    if (!entry?.value) throw new Error(`${parameters.href}: the optimiser has returned no image`)
    const { extension, buffer, etag } = entry.value
    const state = entry.isMiss ? 'MISS' : entry.isStale ? 'STALE' : 'HIT'
    const { href, isStatic } = parameters
    const maxAge = entry.cacheControl?.revalidate ?? 0
    const { images } = this.#config
    if (keepImage !== undefined && state !== 'STALE') {
      const lifetime = Math.max(maxAge, images.minimumCacheTTL)
      const isNew = state === 'MISS'
      const left = isNew ? lifetime * 1000 : await this.#timeLeft(key)
      if (left > 0) keepImage({ lifetime, age: Math.max(0, lifetime * 1000 - left), isNew })
    }
    this.#optimizer.sendResponse(
      req,
      res,
      href,
      extension,
      buffer,
      etag,
      isStatic,
      state,
      images,
      maxAge,
      false,
    )
  }

  /** Milliseconds for which an image on disk is fresh; Next.js names its file after its end. */
  async #timeLeft(key: string): Promise<number> {
    try {
      const [name = ''] = await readdir(join(this.#onDisk.cacheDir, key))
      return Number(name.split('.')[1]) - Date.now() || 0
    } catch {
      return 0
    }
  }

  async #optimise(
    { req, res }: Exchange,
    parameters: ImageParameters,
    previousCacheEntry: CacheEntry | null,
  ): Promise<CacheEntry> {
    const { dangerouslyAllowLocalIP, maximumResponseBody, maximumRedirects } = this.#config.images
    const { href, isAbsolute } = parameters
    const server = req.headers[serverField] as string | undefined
    const source = isAbsolute
      ? await this.#optimizer.fetchExternalImage(
          href,
          dangerouslyAllowLocalIP,
          maximumResponseBody,
          maximumRedirects,
        )
      : await this.#optimizer.fetchInternalImage(href, req, res, maximumResponseBody, (to, from) =>
          fetchFromServer(server, to, from),
        )
    const made = await this.#optimizer.imageOptimizer(source, parameters, this.#config, {
      isDev: false,
      previousCacheEntry,
    })
    return {
      value: {
        kind: 'IMAGE',
        buffer: made.buffer,
        etag: made.etag,
        upstreamEtag: made.upstreamEtag,
        extension: this.#getExtension(made.contentType),
      },
      cacheControl: { revalidate: made.maxAge, expire: undefined },
    }
  }
}
