import { ResponseCookies, type ResponseCookie } from '../web/cookies.ts'
import { Headers } from '../web/headers.ts'
import type { NextRequest } from '../web/next_request.ts'

/** What the store touches of its request. */
interface CookieContext {
  readonly request: NextRequest
  readonly phase: 'action' | 'after'
  readonly requestless: boolean
  cookieStore: CookieStore | null
}

/**
 * What `cookies()` of `next/headers` answers in a route handler: the request's cookies with those
 * set so far on top, as Next.js shows them there.
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

  /** The cookies that the handler has set or deleted. */
  modified(): ResponseCookie[] {
    return this.getAll().filter(({ name }) => this.#modified.has(name))
  }
}

/** The cookies of the running request. */
export function cookieStoreOf(context: CookieContext): CookieStore {
  return (context.cookieStore ??= new CookieStore(context))
}

/**
 * A response's headers together with the cookies that `cookies()` was given; those of the response
 * win. Null where none were.
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
