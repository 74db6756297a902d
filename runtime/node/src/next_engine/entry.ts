import type { OutgoingResponse } from '../pages/outgoing_response.ts'
import type { ApiRequest } from '../pages/request.ts'
import type { KeptImage } from './image_fill.ts'
import type { RequestMeta } from './request_meta.ts'

/**
 * The exports of an entry of `next build`; see "Invoking Entrypoints" in Next.js's documentation of
 * adapters.
 */
export interface Entry {
  readonly handler: (
    req: ApiRequest,
    res: OutgoingResponse,
    context: EntryContext,
  ) => Promise<unknown>
  /** Whether the route uses the edge runtime. */
  readonly isEdge?: boolean
  /** Of the App Router: makes `fetch` cache, once in a process. */
  readonly patchFetch?: () => void
  /** Of the App Router: what runs the route, with the exports of its file. */
  readonly routeModule?: {
    readonly userland?: Readonly<Record<string, unknown>> | undefined
    readonly ensureUserland?: () => Promise<unknown>
  }
  /** Of a page of the Pages Router whose properties are made without a request. */
  readonly getStaticProps?: unknown
  /** Of a page of the Pages Router whose properties are made for each request. */
  readonly getServerSideProps?: unknown
}

/** The third argument of an entry. */
export interface EntryContext {
  readonly waitUntil: (promise: Promise<unknown>) => void
  readonly requestMeta: RequestMeta
  /** Of an image that the server asks for to keep it: called before the response begins. */
  readonly keepImage?: ((image: KeptImage) => void) | undefined
}
