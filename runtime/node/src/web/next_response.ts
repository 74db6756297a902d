import { ResponseCookies, serializeCookie } from './cookies.ts'
import { Headers, type HeadersSource } from './headers.ts'
import { absoluteUrl, type NextURL, type NextUrlOptions } from './next_url.ts'
import { jsonText, Response, type ResponseBody, type ResponseOptions } from './response.ts'
import { markUpgrade, type UpgradeOptions, type WebSocketHooks } from './upgrade_response.ts'

/** The second argument of `new NextResponse()`. */
export interface NextResponseInit extends ResponseOptions {
  readonly nextConfig?: NextUrlOptions['nextConfig']
  readonly url?: string
}

/** The options of `next()` and `rewrite()`. */
export interface MiddlewareInit extends NextResponseInit {
  readonly request?: { readonly headers?: Headers }
}

const redirectStatuses = new Set([301, 302, 303, 307, 308])

/** A `Response` with `cookies`. */
export class NextResponse extends Response {
  #cookies: ResponseCookies | null = null

  constructor(body?: ResponseBody | null, init?: NextResponseInit | Response | null) {
    super(body ?? null, init as ResponseOptions | null)
  }

  static {
    Object.defineProperty(this, 'length', { value: 1, configurable: true })
  }

  /** The cookies that the response sets. */
  get cookies(): ResponseCookies {
    return (this.#cookies ??= new ResponseCookies(this.headers, () => {
      const fields = this.#cookies!.getAll().map(serializeCookie)
      // Middleware passes these on to the route; routes never send this field.
      this.headers.set('x-middleware-set-cookie', fields.join(','))
    }))
  }

  static override json(body: unknown, init?: NextResponseInit): NextResponse {
    return new NextResponse(jsonText(body), init)
  }

  static override redirect(
    url: string | URL | NextURL,
    init?: number | NextResponseInit,
  ): NextResponse {
    const status = typeof init === 'number' ? init : (init?.status ?? 307)
    if (!redirectStatuses.has(status)) {
      throw new RangeError('Failed to execute "redirect" on "response": Invalid status code')
    }
    const options = typeof init === 'object' ? init : {}
    const headers = new Headers(options.headers ?? {})
    headers.set('Location', absoluteUrl(url))
    return new NextResponse(null, { ...options, headers, status })
  }

  /**
   * For route handlers: accepts the client's upgrade to a WebSocket and calls the hooks for it, as
   * proposed to Next.js.
   * @throws TypeError for hooks and options that do not exist or are invalid.
   */
  static upgrade(hooks: WebSocketHooks, options?: UpgradeOptions): NextResponse {
    return markUpgrade(new NextResponse(null), hooks, options)
  }

  /** For middleware: rewrites the request to another URL. */
  static rewrite(destination: string | URL | NextURL, init?: MiddlewareInit): NextResponse {
    return middlewareResponse('x-middleware-rewrite', absoluteUrl(destination), init)
  }

  /** For middleware: continues to the route. */
  static next(init?: MiddlewareInit): NextResponse {
    return middlewareResponse('x-middleware-next', '1', init)
  }
}

function middlewareResponse(
  name: string,
  value: string,
  init: MiddlewareInit | undefined,
): NextResponse {
  const headers = new Headers((init?.headers ?? {}) as HeadersSource)
  headers.set(name, value)
  const given = init?.request?.headers
  if (given !== undefined) {
    if (!(given instanceof Headers))
      throw new Error('request.headers must be an instance of Headers')
    const names: string[] = []
    for (const [key, text] of given) {
      headers.set(`x-middleware-request-${key}`, text)
      names.push(key)
    }
    headers.set('x-middleware-override-headers', names.join(','))
  }
  return new NextResponse(null, { ...init, headers })
}
