import { respondWithError } from '../invocation/failure.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { settle } from '../invocation/settle.ts'

type EmitRequest = (invocation: Invocation, next: () => void) => void

let emit: EmitRequest | null = null
const loading = (): Promise<{ emitRequest: EmitRequest }> => import('../pages/emit_request.ts')

/**
 * Calls the project's request listeners, then `next` unless one of them takes the request. The code
 * for this is loaded with the first request.
 */
export function callRequestListeners(invocation: Invocation, next: () => void): void {
  if (emit !== null) {
    emit(invocation, next)
    return
  }
  settle(
    invocation,
    loading(),
    ({ emitRequest }) => {
      emit = emitRequest
      if (!invocation.aborted) emit(invocation, next)
    },
    (error) => respondWithError(invocation, error),
  )
}
