/** A response with its request. */
interface OpenResponse {
  readonly req: object
}

/** The responses of requests at hand, until node:http is imported: from then on nobody asks. */
let open: Set<OpenResponse> | null = new Set()

/** A request has begun. */
export function noteOpenPair(response: OpenResponse): void {
  open?.add(response)
}

/** It is over. */
export function forgetPair(response: OpenResponse): void {
  open?.delete(response)
}

/** Calls `visit` for each request at hand, and keeps no list of them from now on. */
export function takeOpenPairs(visit: (req: object, res: object) => void): void {
  const pairs = open ?? []
  open = null
  for (const response of pairs) visit(response.req, response)
}
