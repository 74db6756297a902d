/**
 * Makes `fetch` send the request's trace (`traceparent`) to the servers that `[tracing] propagate`
 * of millrace.toml names, and to no others. Next.js sends it to none.
 */
import { findField } from '../base/fields.ts'
import { activeTraceparent } from '../invocation/tracing.ts'
import { Headers, type HeadersSource } from '../web/headers.ts'
import { URL } from '../web/platform.ts'
import { currentContext } from './context.ts'

type Fetch = (input: unknown, init?: RequestInit) => Promise<Response>

/** The server passes the origins to its workers in this variable, separated by spaces. */
const variable = 'MILLRACE_TRACE_PROPAGATE'

let installed = false

/** Must be called before handlers run. Does nothing if no server is named. */
export function installTracePropagation(): void {
  const origins = new Set(
    (process.env[variable] ?? '').split(' ').flatMap((text) => URL.parse(text)?.origin ?? []),
  )
  if (installed || origins.size === 0) return
  installed = true
  const original = globalThis.fetch as unknown as Fetch
  function fetch(input: unknown, init?: RequestInit): Promise<Response> {
    const context = currentContext()
    if (context === undefined) return original(input, init)
    const url = URL.parse(isRequest(input) ? input.url : String(input))
    if (url === null || !origins.has(url.origin)) return original(input, init)
    const trace = activeTraceparent() ?? findField(context.invocation.rawFields, 'traceparent')
    return original(input, trace === undefined ? init : withTrace(input, init, trace))
  }
  // Keeps properties that packages look for.
  Object.assign(fetch, original)
  Object.assign(globalThis, { fetch })
}

interface RequestLike {
  readonly url: string
  readonly headers: HeadersSource
}

function isRequest(input: unknown): input is RequestLike {
  return typeof input === 'object' && input !== null && 'headers' in input
}

/** A `traceparent` of the call itself stays. */
function withTrace(input: unknown, init: RequestInit | undefined, trace: string): RequestInit {
  const given = init?.headers ?? (isRequest(input) ? input.headers : undefined)
  const headers = new Headers(given as HeadersSource | undefined)
  if (!headers.has('traceparent')) headers.set('traceparent', trace)
  return { ...init, headers: headers as unknown as globalThis.Headers }
}
