/** Which fields of two responses are compared, and how: what is left out, and why. */

/**
 * What is not compared as it stands in any answer: a field, and the reason. docs/differences.md
 * tells users.
 */
export const ignored: Readonly<Record<string, string>> = {
  date: 'the time of the answer; that there is one is compared',
  'keep-alive': 'Millrace keeps idle connections longer, as balancers in front of it need',
  'transfer-encoding':
    'where Next.js streams a body that is known whole, Millrace may send its length instead: the bytes are compared',
  'content-length': 'as above; a length must be right, and present where that of Next.js is',
  vary: "Next.js adds the names its React pages are fetched with to every route handler's answer; a handler's own Vary is compared",
  allow: 'that of a 405, where Next.js sends none and RFC 9110 wants one',
  'set-cookie':
    'the time in Expires where Max-Age stands beside it; all else is compared, each cookie by itself',
}

const reactNames = [
  'rsc',
  'next-router-state-tree',
  'next-router-prefetch',
  'next-router-segment-prefetch',
]
const framing = ['transfer-encoding', 'content-length', 'keep-alive']

/** The values of each field name. */
export type Fields = Map<string, readonly string[]>

/**
 * The fields as they are compared: framing apart, React's Vary names taken out, lines of one name
 * joined.
 */
export function comparable(
  sent: readonly (readonly [string, string])[],
  leftOut: readonly string[] = [],
  unordered: readonly string[] = [],
): Fields {
  const fields: Fields = new Map()
  for (const [name, value] of sent) {
    if (!framing.includes(name) && !leftOut.includes(name))
      fields.set(name, [...(fields.get(name) ?? []), value])
  }
  for (const [name, values] of fields) {
    const words = () => values.flatMap((value) => value.split(/,\s*/))
    if (name === 'vary') {
      const kept = words().filter((word) => !reactNames.includes(word.toLowerCase()))
      if (kept.length > 0) fields.set(name, kept)
      else fields.delete(name)
    } else if (unordered.includes(name)) fields.set(name, words().sort())
    // Several lines of a name mean what one line with commas means (RFC 9110, 5.3), but for
    // Set-Cookie.
    else if (name !== 'set-cookie') fields.set(name, [values.join(', ')])
  }
  return fields
}
