import { Headers as LightHeaders, type HeadersSource } from '../../web/headers.ts'
import { isForm } from '../../web/native.ts'
import { Blob, streamClass, URL, URLSearchParams } from '../../web/platform.ts'
import { Request } from '../../web/request.ts'
import { Response } from '../../web/response.ts'

const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto')

/** A call of `fetch` in one form, whatever its arguments were. */
export interface FetchRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  /** The other options of `fetch`; the body can be sent more than once. */
  readonly init: RequestInit
  /** The parts of the key of its response in the cache. */
  readonly parts: readonly unknown[]
}

/** Members of a call that its key depends on. */
const keyMembers = [
  'mode',
  'redirect',
  'credentials',
  'referrer',
  'referrerPolicy',
  'integrity',
  'cache',
] as const
/** Members of a `Request` that are passed to `fetch` again. */
const carried = [
  'redirect',
  'credentials',
  'integrity',
  'keepalive',
  'referrerPolicy',
  'signal',
] as const

/** Whether `input` is a request and not a URL. */
export function isRequest(input: unknown): input is globalThis.Request {
  return (
    typeof input === 'object' &&
    input !== null &&
    typeof (input as { method?: unknown }).method === 'string'
  )
}

/**
 * Normalizes a call. Reads the body of a stream or a `Request`.
 * @throws Error for a body of an unsupported type.
 */
export async function readRequest(
  input: unknown,
  init: RequestInit | undefined,
): Promise<FetchRequest> {
  const given = isRequest(input)
    ? await initOf(
        init === undefined
          ? input
          : (new Request(input as never, init as never) as unknown as globalThis.Request),
      )
    : { ...init }
  const url = isRequest(input) ? input.url : String(input)
  const headers = new LightHeaders(given.headers as HeadersSource) as unknown as Headers
  const { body, type, parts } = await bodyOf(given.body)
  const keyHeaders = [...headers].filter(
    ([name]) => name !== 'traceparent' && name !== 'tracestate',
  )
  const sent: RequestInit & { duplex?: unknown } = { ...given }
  if (body !== undefined) sent.body = body
  delete sent.duplex
  return {
    url,
    method: given.method?.toUpperCase() ?? 'GET',
    headers,
    init: sent,
    parts: [
      URL.parse(url)?.href ?? url,
      given.method ?? 'GET',
      type,
      keyHeaders,
      ...keyMembers.map((name) => given[name] ?? null),
      parts,
    ],
  }
}

/** Returns the key of the response: equal for equal calls. */
export function keyOf(request: FetchRequest): string {
  return `fetch ${crypto().createHash('sha256').update(JSON.stringify(request.parts)).digest('hex')}`
}

async function initOf(request: globalThis.Request): Promise<RequestInit> {
  const init: Record<string, unknown> = { method: request.method, headers: request.headers }
  for (const name of carried) init[name] = request[name]
  if (request.cache !== undefined) init['cache'] = request.cache
  if (request.method !== 'GET' && request.method !== 'HEAD' && request.body !== null)
    init['body'] = await request.arrayBuffer()
  return init
}

interface KeyedBody {
  readonly body: BodyInit | undefined
  readonly type: string | null
  /** Distinguishes it from other bodies. */
  readonly parts: readonly string[]
}

async function bodyOf(body: BodyInit | null | undefined): Promise<KeyedBody> {
  // An empty string counts as no body, as in Next.js.
  if (!body) return { body: body ?? undefined, type: null, parts: [] }
  if (typeof body === 'string') return { body, type: 'text', parts: [body] }
  if (body instanceof URLSearchParams) return { body, type: 'urlencoded', parts: [...body].flat() }
  if (isForm(body)) return { body, type: 'form-data', parts: await partsOf(body) }
  if (body instanceof Blob) return { body, type: body.type, parts: [hex(await body.arrayBuffer())] }
  const bytes = body instanceof streamClass() ? await new Response(body).arrayBuffer() : body
  if (!ArrayBuffer.isView(bytes) && !(bytes instanceof ArrayBuffer))
    throw new Error(`Unsupported body type: ${typeof bytes}`)
  const view = ArrayBuffer.isView(bytes)
    ? bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
    : bytes
  return { body: bytes, type: null, parts: [hex(view)] }
}

async function partsOf(form: FormData): Promise<string[]> {
  const parts: string[] = []
  for (const [name, value] of form) {
    if (typeof value === 'string') parts.push(name, 'text', value)
    else parts.push(name, 'file', value.name, value.type, hex(await value.arrayBuffer()))
  }
  return parts
}

function hex(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString('hex')
}
