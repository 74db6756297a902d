/** A response with its request. */
interface OpenResponse {
  readonly req: object
}

/** The responses in flight until node:http is imported; null from then on. */
let open: Set<OpenResponse> | null = new Set()

/** Records that a request has begun. */
export function noteOpenPair(response: OpenResponse): void {
  open?.add(response)
}

/** Records that a request has ended. */
export function forgetPair(response: OpenResponse): void {
  open?.delete(response)
}

/** Calls `visit` for each request in flight and stops recording them. */
export function takeOpenPairs(visit: (req: object, res: object) => void): void {
  const pairs = open ?? []
  open = null
  for (const response of pairs) visit(response.req, response)
}
