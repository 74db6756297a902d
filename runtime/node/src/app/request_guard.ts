import type { NextRequest } from '../web/next_request.ts'
import type { NextURL } from '../web/next_url.ts'

const requestProperties: ReadonlySet<PropertyKey> = new Set([
  'headers',
  'cookies',
  'url',
  'body',
  'blob',
  'json',
  'text',
  'arrayBuffer',
  'formData',
]) // prettier-ignore
const urlProperties: ReadonlySet<PropertyKey> = new Set([
  'search',
  'searchParams',
  'url',
  'href',
  'toJSON',
  'toString',
  'origin',
])

/**
 * Wraps the request for a static evaluation: before a property that differs between requests is
 * read, `used` is called with the expression that reads it (`request.headers`).
 */
export function guardRequest(
  request: NextRequest,
  used: (expression: string) => void,
): NextRequest {
  let url: NextURL | undefined
  return guard(request, 'request', requestProperties, used, (target, name) => {
    if (name === 'nextUrl') return (url ??= guardUrl(target.nextUrl, used))
    return name === 'clone' ? () => guardRequest(target.clone() as NextRequest, used) : undefined
  })
}

function guardUrl(url: NextURL, used: (expression: string) => void): NextURL {
  return guard(url, 'nextUrl', urlProperties, used, (target, name) =>
    name === 'clone' ? () => guardUrl(target.clone(), used) : undefined,
  )
}

function guard<T extends object>(
  object: T,
  called: string,
  guarded: ReadonlySet<PropertyKey>,
  used: (expression: string) => void,
  special: (target: T, name: PropertyKey) => unknown,
): T {
  return new Proxy(object, {
    get(target, name) {
      const instead = special(target, name)
      if (instead !== undefined) return instead
      if (guarded.has(name)) used(`${called}.${String(name)}`)
      // Read from the object itself, because its classes use private fields.
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
