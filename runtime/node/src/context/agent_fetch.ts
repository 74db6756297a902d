import { Headers, type HeadersSource } from '../web/headers.ts'
import { currentContext } from './context.ts'
import { fetchedAsset } from './edge_assets.ts'

type Fetch = (input: unknown, init?: RequestInit) => Promise<Response>

let installed = false

/**
 * Makes `fetch` send the user agent of Next.js's edge runtime in edge functions, as Next.js does,
 * and lets them fetch files of the build ({@link fetchedAsset}). Elsewhere `fetch` is unchanged.
 * Must be called before edge functions run.
 */
export function installAgentFetch(): void {
  if (installed) return
  installed = true
  const original = globalThis.fetch as unknown as Fetch
  function fetch(input: unknown, init?: RequestInit): Promise<Response> {
    const context = currentContext()
    if (context?.namesAgent !== true) return original(input, init)
    return (
      fetchedAsset(input, context.invocation.target.generation.folder) ??
      original(input, withAgent(input, init))
    )
  }
  // Keeps properties that packages look for.
  Object.assign(fetch, original)
  Object.assign(globalThis, { fetch })
}

/** The call's own user agent applies, then Next.js's; that of a `Request` is replaced. */
function withAgent(input: unknown, init: RequestInit | undefined): RequestInit {
  const of =
    typeof input === 'object' && input !== null && 'headers' in input
      ? (input as { headers: HeadersSource }).headers
      : undefined
  const own = new Headers(init?.headers as HeadersSource | undefined)
  if (!own.has('user-agent')) own.set('user-agent', 'Next.js Middleware')
  const headers = new Headers(of)
  for (const [name, value] of own) headers.set(name, value)
  return { ...init, headers: headers as unknown as globalThis.Headers }
}
