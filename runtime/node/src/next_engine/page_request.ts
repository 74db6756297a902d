/** What the files that serve pages tell each other about a request. */
import type { Invocation } from '../invocation/invocation.ts'
import type { OutgoingResponse } from '../pages/outgoing_response.ts'
import type { ApiRequest } from '../pages/request.ts'
import type { LoadedRoute } from '../project/generation.ts'
import type { Entry } from './entry.ts'
import type { ProjectNext } from './project_next.ts'

/** A request for a page. */
export interface PageRequest {
  /** The page that responds: that of the invocation, or one after it that also matches. */
  readonly target: LoadedRoute
  readonly entry: Entry
  readonly req: ApiRequest
  readonly res: OutgoingResponse
  readonly next: ProjectNext
  readonly invocation: Invocation
  /** The locale in which a page of the Pages Router responds; undefined without locales. */
  readonly locale: string | undefined
}
