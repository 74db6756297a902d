import { RequestCookies } from './cookies.ts'
import type { HeadersSource } from './headers.ts'
import { absoluteUrl, NextURL, type NextUrlOptions } from './next_url.ts'
import { Request, RequestSource } from './request.ts'

/** The second argument of `new NextRequest()`. */
export type NextRequestInit = Omit<RequestInit, 'headers'> & {
  headers?: HeadersSource
  nextConfig?: NextUrlOptions['nextConfig']
  duplex?: 'half'
}

/** A `Request` with `cookies` and `nextUrl`, both created at their first use. */
export class NextRequest extends Request {
  #cookies: RequestCookies | null = null
  #nextUrl: NextURL | null = null
  #nextConfig: NextUrlOptions['nextConfig']

  constructor(
    input: string | URL | Request | globalThis.Request | RequestSource,
    init?: NextRequestInit | NextUrlOptions['nextConfig'],
  ) {
    if (input instanceof RequestSource) {
      super(input)
      this.#nextConfig = init as NextUrlOptions['nextConfig']
      return
    }
    const options = (init ?? {}) as NextRequestInit
    absoluteUrl(typeof input !== 'string' && 'url' in input ? input.url : input)
    if (options.body && options.duplex !== 'half') options.duplex = 'half'
    super(input, options as RequestInit)
    this.#nextConfig = options.nextConfig
  }

  static {
    Object.defineProperty(this, 'length', { value: 1, configurable: true })
  }

  get cookies(): RequestCookies {
    return (this.#cookies ??= new RequestCookies(this.headers))
  }

  get nextUrl(): NextURL {
    return (this.#nextUrl ??= new NextURL(super.url, { nextConfig: this.#nextConfig }))
  }

  override get url(): string {
    return this.nextUrl.href
  }

  /** @throws Error always: Next.js has removed it. */
  get page(): never {
    throw new Error(
      'The request.page has been deprecated in favour of `URLPattern`.\n  Read more: https://nextjs.org/docs/messages/middleware-request-page\n  ',
    )
  }

  /** @throws Error always: Next.js has removed it. */
  get ua(): never {
    throw new Error(
      'The request.ua has been removed in favour of `userAgent` function.\n  Read more: https://nextjs.org/docs/messages/middleware-parse-user-agent\n  ',
    )
  }
}
