import { Headers } from '../web/headers.ts'
import type { RequestContext } from './context.ts'

/** Fields that Next.js's client and server exchange for pages. */
const hidden = [
  'rsc',
  'next-router-state-tree',
  'next-router-prefetch',
  'next-hmr-refresh',
  'next-router-segment-prefetch',
  'next-request-id',
  'next-html-request-id',
]

/** The value of `headers()`: a copy that cannot be modified. */
class SealedHeaders extends Headers {
  override append(): never {
    rejectChange()
  }

  override delete(): never {
    rejectChange()
  }

  override set(): never {
    rejectChange()
  }
}

/** Returns the headers of the running request, as routes see them. */
export function sealedHeadersOf(context: RequestContext): Headers {
  if (context.sealedHeaders === null) {
    const visible = new Headers(context.request.headers)
    for (const name of hidden) visible.delete(name)
    context.sealedHeaders = new SealedHeaders(visible)
  }
  return context.sealedHeaders
}

function rejectChange(): never {
  throw new Error(
    'Headers cannot be modified. Read more: https://nextjs.org/docs/app/api-reference/functions/headers',
  )
}
