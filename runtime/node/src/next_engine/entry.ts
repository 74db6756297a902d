import type { OutgoingResponse } from '../pages/outgoing_response.ts'
import type { ApiRequest } from '../pages/request.ts'
import type { RequestMeta } from './request_meta.ts'

/**
 * What an entry of `next build` exports; see "Invoking Entrypoints" in Next.js's documentation of
 * adapters.
 */
export interface Entry {
  readonly handler: (
    req: ApiRequest,
    res: OutgoingResponse,
    context: EntryContext,
  ) => Promise<unknown>
  /** Whether the route is of the edge runtime. */
  readonly isEdge?: boolean
}

/** What an entry is called with besides the request and the response. */
export interface EntryContext {
  readonly waitUntil: (promise: Promise<unknown>) => void
  readonly requestMeta: RequestMeta
}
