import type { Invocation } from '../invocation/invocation.ts'
import { notePair } from './http_classes.ts'
import { ApiRequest } from './request.ts'
import { ApiResponse } from './response.ts'

/** `req` and `res` of one request. */
export interface Pair {
  readonly req: ApiRequest
  readonly res: ApiResponse
}

/** Returns the pair of an invocation: request listeners and the handler get the same one. */
export function pairOf(invocation: Invocation): Pair {
  const { observer } = invocation
  if (observer instanceof ApiResponse) return { req: observer.req, res: observer }
  const req = new ApiRequest(invocation)
  const res = new ApiResponse(req, invocation)
  req.attach(res)
  notePair(req, res)
  return { req, res }
}
