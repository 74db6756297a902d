import { NextRequest } from '../web/next_request.ts'
import { logError } from '../base/errors.ts'
import type { Invocation } from '../invocation/invocation.ts'

/** The error for functions written for the first form of middleware. */
function oldSignature(page: string): Error {
  return new Error(
    `The middleware "${page}" accepts an async API directly with the form:\n  \n  export function middleware(request, event) {\n    return NextResponse.redirect('/new-location')\n  }\n  \n  Read more: https://nextjs.org/docs/messages/middleware-new-signature\n  `,
  )
}

/** The first argument of the middleware function. */
export class MiddlewareRequest extends NextRequest {
  /** The middleware file as a page: `/proxy`. */
  sourcePage = '/proxy'
  /** The URL as the client sent it, if `skipProxyUrlNormalize` is set; otherwise null. */
  sent: string | null = null

  override get url(): string {
    return this.sent ?? super.url
  }

  /** @throws Error always: the request is the first argument. */
  get request(): never {
    throw oldSignature(this.sourcePage)
  }

  /** @throws Error always: the response must be returned. */
  respondWith(): never {
    throw oldSignature(this.sourcePage)
  }

  /** @throws Error always: it is a method of the event. */
  waitUntil(): never {
    throw oldSignature(this.sourcePage)
  }
}

/** The second argument of the middleware function. */
export class NextFetchEvent {
  readonly sourcePage: string
  readonly #invocation: Invocation

  constructor(invocation: Invocation, sourcePage: string) {
    this.#invocation = invocation
    this.sourcePage = sourcePage
  }

  /** Makes a draining worker wait for `promise`; the response does not wait. */
  waitUntil(promise: Promise<unknown>): void {
    const settled = Promise.resolve(promise).catch((error: unknown) => logError(error))
    this.#invocation.waitUntil(settled)
  }

  /** Does nothing, as in Next.js. */
  passThroughOnException(): void {}

  /** @throws Error always: the request is the first argument. */
  get request(): never {
    throw oldSignature(this.sourcePage)
  }

  /** @throws Error always: the response must be returned. */
  respondWith(): never {
    throw oldSignature(this.sourcePage)
  }
}
