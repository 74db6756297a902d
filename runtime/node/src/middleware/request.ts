import { NextRequest } from '../web/next_request.ts'
import { logError } from '../base/errors.ts'
import type { Invocation } from '../invocation/invocation.ts'

/** What a function says that was written for the first form of middleware. */
function oldSignature(page: string): Error {
  return new Error(
    `The middleware "${page}" accepts an async API directly with the form:\n  \n  export function middleware(request, event) {\n    return NextResponse.redirect('/new-location')\n  }\n  \n  Read more: https://nextjs.org/docs/messages/middleware-new-signature\n  `,
  )
}

/** What a proxy function gets as its first argument. */
export class MiddlewareRequest extends NextRequest {
  /** The proxy file as a page: `/proxy`. */
  sourcePage = '/proxy'
  /** The URL as the client sent it, where the project wants to see that; else null. */
  sent: string | null = null

  override get url(): string {
    return this.sent ?? super.url
  }

  /** @throws Error always: the request is the first argument itself. */
  get request(): never {
    throw oldSignature(this.sourcePage)
  }

  /** @throws Error always: the response is returned. */
  respondWith(): never {
    throw oldSignature(this.sourcePage)
  }

  /** @throws Error always: it is the event's. */
  waitUntil(): never {
    throw oldSignature(this.sourcePage)
  }
}

/** What a proxy function gets as its second argument. */
export class NextFetchEvent {
  readonly sourcePage: string
  readonly #invocation: Invocation

  constructor(invocation: Invocation, sourcePage: string) {
    this.#invocation = invocation
    this.sourcePage = sourcePage
  }

  /** A draining worker waits for `promise`; the answer does not. */
  waitUntil(promise: Promise<unknown>): void {
    const settled = Promise.resolve(promise).catch((error: unknown) => logError(error))
    this.#invocation.waitUntil(settled)
  }

  /** Does nothing, as in Next.js. */
  passThroughOnException(): void {}

  /** @throws Error always: the request is the function's first argument. */
  get request(): never {
    throw oldSignature(this.sourcePage)
  }

  /** @throws Error always: the response is returned. */
  respondWith(): never {
    throw oldSignature(this.sourcePage)
  }
}
