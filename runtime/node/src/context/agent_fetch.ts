import { Headers, type HeadersSource } from '../web/headers.ts'
import { currentContext } from './context.ts'
import { fetchedAsset } from './edge_assets.ts'

type Fetch = (input: unknown, init?: RequestInit) => Promise<Response>

let installed = false

/**
 * Makes `fetch` name Next.js's edge runtime as its user agent in functions of that runtime, as
 * under Next.js; elsewhere it stays what it was. Files of the build are fetched as well ({@link
 * fetchedAsset}). To be called by whatever runs such functions.
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
  // What packages look for on it stays.
  Object.assign(fetch, original)
  Object.assign(globalThis, { fetch })
}

/** What the call itself does not name is Next.js's, though a `Request` names another. */
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
