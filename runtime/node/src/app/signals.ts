/**
 * The errors by which functions of `next/navigation` end a handler, and the responses that they
 * stand for.
 */

interface Digested {
  readonly digest: string
}

const fallbackStatuses = new Set(['401', '403', '404'])
const redirectStatuses = new Set(['303', '307', '308'])

function withDigest(digest: string, message: string): Error & Digested {
  return Object.assign(new Error(message), { digest })
}

/**
 * The error that `redirect()` throws; other libraries recognize it by its digest, which is
 * Next.js's.
 */
export function redirectError(url: string, type: string, status: number): Error {
  return withDigest(`NEXT_REDIRECT;${type};${url};${status};`, 'NEXT_REDIRECT')
}

/** The error that `notFound()`, `forbidden()` and `unauthorized()` throw. */
export function accessError(status: 401 | 403 | 404): Error {
  const digest = `NEXT_HTTP_ERROR_FALLBACK;${status}`
  return withDigest(digest, digest)
}

/**
 * Returns the target and status of a redirect error; undefined for other errors, and without a URL.
 */
export function redirectionOf(error: unknown): { url: string; status: number } | undefined {
  const parts = digestOf(error)
  if (
    parts === undefined ||
    parts[0] !== 'NEXT_REDIRECT' ||
    (parts[1] !== 'push' && parts[1] !== 'replace')
  )
    return undefined
  const status = parts.at(-2)
  if (status === undefined || !redirectStatuses.has(status)) return undefined
  const url = parts.slice(2, -2).join(';')
  return url === '' ? undefined : { url, status: Number(status) }
}

/**
 * Returns the status of an error of `notFound()`, `forbidden()` or `unauthorized()`; undefined for
 * others.
 */
export function accessStatusOf(error: unknown): number | undefined {
  const parts = digestOf(error)
  if (parts?.[0] !== 'NEXT_HTTP_ERROR_FALLBACK' || !fallbackStatuses.has(parts[1] ?? ''))
    return undefined
  return Number(parts[1])
}

function digestOf(error: unknown): string[] | undefined {
  const digest = (error as Partial<Digested> | null | undefined)?.digest
  return typeof digest === 'string' ? digest.split(';') : undefined
}
