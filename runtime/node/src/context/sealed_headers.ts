import { Headers } from '../web/headers.ts'
import type { RequestContext } from './context.ts'

/** Fields by which Next.js's own pages and server speak to each other. */
const hidden = [
  'rsc',
  'next-router-state-tree',
  'next-router-prefetch',
  'next-hmr-refresh',
  'next-router-segment-prefetch',
  'next-request-id',
  'next-html-request-id',
]

/** What `headers()` of `next/headers` answers: a copy that refuses to be changed. */
class SealedHeaders extends Headers {
  override append(): never {
    refuse()
  }

  override delete(): never {
    refuse()
  }

  override set(): never {
    refuse()
  }
}

/** The headers of the running request, as a route may see them. */
export function sealedHeadersOf(context: RequestContext): Headers {
  if (context.sealedHeaders === null) {
    const visible = new Headers(context.request.headers)
    for (const name of hidden) visible.delete(name)
    context.sealedHeaders = new SealedHeaders(visible)
  }
  return context.sealedHeaders
}

function refuse(): never {
  throw new Error(
    'Headers cannot be modified. Read more: https://nextjs.org/docs/app/api-reference/functions/headers',
  )
}
