import type { ApiRequest } from './request.ts'
import type { OutgoingResponse } from './outgoing_response.ts'

/** The responses of requests at hand, until node:http is imported: from then on nobody asks. */
let open: Set<OutgoingResponse> | null = new Set()

/** A request has begun. */
export function noteOpenPair(response: OutgoingResponse): void {
  open?.add(response)
}

/** It is over. */
export function forgetPair(response: OutgoingResponse): void {
  open?.delete(response)
}

/** Calls `visit` for each request at hand, and keeps no list of them from now on. */
export function takeOpenPairs(visit: (req: ApiRequest, res: OutgoingResponse) => void): void {
  const pairs = open ?? []
  open = null
  for (const response of pairs) visit(response.req, response)
}
