/**
 * Normalises payloads of React Server Components, in responses of their own and in pages. What
 * arrives when decides how a server divides a payload into scripts, and in which order it sends the
 * rows, so that both depend on time; each row names its own place.
 */

const script = /<script>self\.__next_f\.push\(\[1,("(?:[^"\\]|\\.)*")\]\)<\/script>/g
/** A lifetime, or the length of a first part of the payload. */
const number = /^[0-9a-f]+:\d+$/

function rowsOf(payload: string, numbers: boolean): string {
  const rows = payload.split('\n').filter((row) => numbers || !number.test(row))
  return rows.sort().join('\n')
}

/**
 * Returns a page with the rows of its payload, sorted, behind it instead of in scripts; a body
 * without payload as it is. `numbers`: whether rows of only a number stay.
 */
export function withoutScripts(page: string, numbers = true): string {
  let payload = ''
  const rest = page.replace(script, (_, text: string) => {
    payload += JSON.parse(text) as string
    return ''
  })
  return payload === '' ? page : `${rest}\n${rowsOf(payload, numbers)}`
}

/** Returns a response's payload with its rows sorted. */
export function withSortedRows(payload: string, numbers = true): string {
  return rowsOf(payload, numbers)
}
