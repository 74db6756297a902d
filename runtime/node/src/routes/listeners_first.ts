import { answerWithError } from '../invocation/failure.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { settle } from '../invocation/settle.ts'

type Tell = (invocation: Invocation, goOn: () => void) => void

let tell: Tell | null = null
const loading = (): Promise<{ tellServer: Tell }> => import('../pages/tell_server.ts')

/**
 * Tells who listens for requests of one, which then hand it on by `goOn`. What this takes is loaded
 * with the first request.
 */
export function tellListeners(invocation: Invocation, goOn: () => void): void {
  if (tell !== null) {
    tell(invocation, goOn)
    return
  }
  settle(
    invocation,
    loading(),
    ({ tellServer }) => {
      tell = tellServer
      if (!invocation.aborted) tell(invocation, goOn)
    },
    (error) => answerWithError(invocation, error),
  )
}
