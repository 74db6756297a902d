/**
 * Replaces the parts of responses in which servers differ although they mean the same: the server's
 * own address, values that it has generated and a request has captured, times computed from the
 * clock.
 */
import type { ReceivedResponse } from './response_reader.ts'
import type { Target } from './client.ts'

const utf8 = (text: string) => Buffer.from(text).toString('latin1')

/**
 * Returns a function that replaces a server's addresses and captured values in a text with their
 * names.
 */
export function nameReplacer(
  target: Target,
  captured: ReadonlyMap<string, string>,
): (text: string) => string {
  const address = `${target.host}:${target.port}`
  const names: [string, string][] = [
    [address, '{host}'],
    [encodeURIComponent(address), '{host}'],
    [`localhost:${target.port}`, '{host}'],
    [encodeURIComponent(`localhost:${target.port}`), '{host}'],
    [`127.0.0.1:${target.port}`, '{host}'],
  ]
  if (target.second !== null) {
    const second = target.second.replace('http://', '')
    names.push(
      [second, '{second}'],
      [encodeURIComponent(second), '{second}'],
      [second.replace('127.0.0.1', 'localhost'), '{second}'],
    )
  }
  // Short values would also be found where they do not belong.
  for (const [name, value] of captured)
    if (value.length >= 8) names.push([utf8(value), `{${name}}`])
  return (text) => names.reduce((current, [value, name]) => current.replaceAll(value, name), text)
}

/** With `Max-Age`, the time in `Expires` is computed from the clock. */
function withoutTime(cookie: string): string {
  return /; Max-Age=/i.test(cookie) ? cookie.replace(/Expires=[^;]*/i, 'Expires=(a time)') : cookie
}

/**
 * Returns the response's fields in the form in which they are compared. `changed`: the body is not
 * the one that the fields describe.
 */
export function namedFields(
  response: ReceivedResponse,
  changed: boolean,
  replaced: (text: string) => string,
): [string, string][] {
  return response.fields.map(([name, value]) => {
    if (name === 'date') return [name, '(a time)']
    if (changed && (name === 'content-length' || name === 'etag'))
      return [name, '(of the body before names were replaced)']
    return [name, replaced(name === 'set-cookie' ? withoutTime(value) : value)]
  })
}
