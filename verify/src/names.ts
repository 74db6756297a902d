/**
 * Replaces in responses what one server's differ in though they say the same: its own address,
 * values that it made up and that a request captured, times that are computed from the clock.
 */
import type { Answer } from './answer.ts'
import type { Target } from './client.ts'

const utf8 = (text: string) => Buffer.from(text).toString('latin1')

/**
 * What gives a text with the names of a server's addresses and of captured values put in their
 * place.
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
  // Short values would be found where they do not belong.
  for (const [name, value] of captured)
    if (value.length >= 8) names.push([utf8(value), `{${name}}`])
  return (text) => names.reduce((current, [value, name]) => current.replaceAll(value, name), text)
}

/** Where `Max-Age` stands beside it, the time in `Expires` is computed from the clock. */
function withoutTime(cookie: string): string {
  return /; Max-Age=/i.test(cookie) ? cookie.replace(/Expires=[^;]*/i, 'Expires=(a time)') : cookie
}

/**
 * The response's fields as they are compared. `changed`: the body is not the one the fields were
 * made for.
 */
export function namedFields(
  answer: Answer,
  changed: boolean,
  replaced: (text: string) => string,
): [string, string][] {
  return answer.fields.map(([name, value]) => {
    if (name === 'date') return [name, '(a time)']
    if (changed && (name === 'content-length' || name === 'etag'))
      return [name, '(of the body before names were replaced)']
    return [name, replaced(name === 'set-cookie' ? withoutTime(value) : value)]
  })
}
