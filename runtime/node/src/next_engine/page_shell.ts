/**
 * Pages of which a part is prerendered (PPR): the shell, which is the same for everybody and which
 * the server keeps, and the rest, which is rendered for each request and sent behind it.
 */
import type { Invocation } from '../invocation/invocation.ts'
import type { OutgoingResponse } from '../pages/outgoing_response.ts'
import type { ApiRequest } from '../pages/request.ts'
import type { Value } from './cached_entry.ts'
import type { ProjectNext } from './project_next.ts'
import { uncached } from './uncached.ts'

/** A page as its entry passes it on before it responds. */
export interface RenderedPage {
  readonly value: (Value & RenderedValue) | null
}

interface RenderedValue {
  readonly html?: { toUnchunkedString(): string }
  /** What the rest of the page is rendered with; undefined if there is no rest. */
  readonly postponed?: string
  readonly status?: number
}

const resumeField = /^x-millrace-resume:/im
const tagsField = 'x-next-cache-tags'
/** More than any page postpones: the server has kept it whole. */
const longestState = 64 * 1024 * 1024

/**
 * Responds to a fill with the shell of a page, followed by its postponed state.
 * @returns false if the page is complete or a payload is requested: then the entry responds.
 */
export function respondWithShell(
  req: ApiRequest,
  res: OutgoingResponse,
  { config }: ProjectNext,
  { value }: RenderedPage,
): boolean {
  if (typeof value?.postponed !== 'string' || value.html === undefined) return false
  if (req.headers['rsc'] === '1') return false
  const shell = Buffer.from(value.html.toUnchunkedString())
  res.statusCode = value.status ?? 200
  for (const [name, field] of Object.entries(value.headers ?? {})) {
    if (name !== tagsField && field !== undefined) res.appendHeader(name, field)
  }
  res.setHeader('x-nextjs-postponed', '1')
  if (config['poweredByHeader'] === true) res.setHeader('X-Powered-By', 'Next.js')
  res.setHeader('Cache-Control', uncached)
  res.setHeader('Content-Type', 'text/html; charset=utf-8')
  res.setHeader('x-millrace-shell', shell.length)
  res.end(Buffer.concat([shell, Buffer.from(value.postponed)]))
  return true
}

/** Whether the server has sent the shell already, and wants the rest. */
export function isResumption({ rawFields }: Invocation): boolean {
  return resumeField.test(rawFields)
}

/**
 * What the rest of a page is rendered with, which the server sends as the request's body.
 * @throws Error if it is too long.
 */
export async function postponedState(req: ApiRequest): Promise<string> {
  // The page is not to see it.
  delete (req.headers as Record<string, unknown>)['x-millrace-resume']
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of req as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > longestState) throw new Error('the state of a postponed page is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
