import { ResponseCookies, type ResponseCookie } from '../web/cookies.ts'
import { Headers } from '../web/headers.ts'
import type { NextRequest } from '../web/next_request.ts'

/** The part of the request context that the store uses. */
interface CookieContext {
  readonly request: NextRequest
  readonly phase: 'action' | 'after'
  readonly requestless: boolean
  cookieStore: CookieStore | null
}

/**
 * The store of `cookies()` in a route handler: the request's cookies, overridden by those set so
 * far, as in Next.js.
 */
export class CookieStore extends ResponseCookies {
  readonly #context: CookieContext
  readonly #modified = new Set<string>()
  #filled = false

  constructor(context: CookieContext) {
    super(null)
    this.#context = context
    for (const { name, value } of context.request.cookies.getAll()) super.set(name, value)
    this.#filled = true
  }

  override set(
    ...args:
      | [name: string, value: string, attributes?: Partial<ResponseCookie>]
      | [cookie: ResponseCookie]
  ): this {
    if (this.#filled) {
      if (this.#context.phase !== 'action' || this.#context.requestless) {
        throw new Error(
          'Cookies can only be modified in a Server Action or Route Handler. Read more: https://nextjs.org/docs/app/api-reference/functions/cookies#options',
        )
      }
      this.#modified.add(typeof args[0] === 'string' ? args[0] : args[0].name)
    }
    return super.set(...args)
  }

  /** Returns the cookies that the handler has set or deleted. */
  modified(): ResponseCookie[] {
    return this.getAll().filter(({ name }) => this.#modified.has(name))
  }
}

/** Returns the cookies of the running request. */
export function cookieStoreOf(context: CookieContext): CookieStore {
  return (context.cookieStore ??= new CookieStore(context))
}

/**
 * Merges a response's headers with the cookies set through `cookies()`; those of the response take
 * precedence. Returns null if no cookie was set.
 */
export function mergeCookies(
  context: Pick<CookieContext, 'cookieStore'>,
  headers: Iterable<[string, string]>,
): Headers | null {
  const modified = context.cookieStore?.modified() ?? []
  if (modified.length === 0) return null
  const merged = new Headers(headers)
  const cookies = new ResponseCookies(merged)
  const returned = cookies.getAll()
  for (const cookie of modified) cookies.set(cookie)
  for (const cookie of returned) cookies.set(cookie)
  return merged
}
