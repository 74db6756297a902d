import { env } from '@/lib/env'

/** The CORS headers of a response to `origin`; none if that origin is not allowed. */
export function corsHeaders(origin: string | null | undefined): Record<string, string> {
  if (!origin || !env().ALLOWED_ORIGINS.includes(origin)) return { Vary: 'Origin' }
  return {
    Vary: 'Origin',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Expose-Headers': 'Location, X-Total-Count',
  }
}

/** The headers of the response to a preflight request. */
export function preflightHeaders(origin: string | null | undefined, methods: string[]): Record<string, string> {
  const headers = corsHeaders(origin)
  if (!headers['Access-Control-Allow-Origin']) return headers
  return {
    ...headers,
    'Access-Control-Allow-Methods': methods.join(', '),
    'Access-Control-Allow-Headers': 'Content-Type, Last-Event-ID',
    'Access-Control-Max-Age': '600',
  }
}
