/**
 * Determines which fields of two responses are compared, and how: what is left out, and why.
 */

/**
 * Fields that are not compared as they are in any response, with the reason. docs/differences.md
 * describes them for users.
 */
export const ignored: Readonly<Record<string, string>> = {
  date: 'the time of the response; only its presence is compared',
  'keep-alive': 'Millrace keeps idle connections longer, as balancers in front of it need',
  'transfer-encoding':
    'if Next.js streams a body that is completely known, Millrace may send its length instead: the bytes are compared',
  'content-length': 'as above; a length must be correct, and present if that of Next.js is',
  vary: "Next.js adds the names its React pages are fetched with to every route handler's response; a handler's own Vary is compared",
  allow: 'only for a 405, for which Next.js sends none and RFC 9110 requires one',
  'set-cookie':
    'the time in Expires if the cookie also has Max-Age; all else is compared, each cookie by itself',
}

const reactNames = [
  'rsc',
  'next-router-state-tree',
  'next-router-prefetch',
  'next-router-segment-prefetch',
]
const framing = ['transfer-encoding', 'content-length', 'keep-alive']

/** The values by field name. */
export type Fields = Map<string, readonly string[]>

/**
 * Returns the fields in the form in which they are compared: without framing and React's Vary
 * names, with lines of the same name joined. `exactVary`: with React's names.
 */
export function comparable(
  sent: readonly (readonly [string, string])[],
  leftOut: readonly string[] = [],
  unordered: readonly string[] = [],
  exactVary = false,
): Fields {
  const fields: Fields = new Map()
  for (const [name, value] of sent) {
    if (!framing.includes(name) && !leftOut.includes(name))
      fields.set(name, [...(fields.get(name) ?? []), value])
  }
  for (const [name, values] of fields) {
    const words = () => values.flatMap((value) => value.split(/,\s*/))
    if (name === 'vary' && !exactVary) {
      const kept = words().filter((word) => !reactNames.includes(word.toLowerCase()))
      if (kept.length > 0) fields.set(name, kept)
      else fields.delete(name)
    } else if (unordered.includes(name)) fields.set(name, words().sort())
    // Several lines of a name are equivalent to one line with commas (RFC 9110, 5.3), except for
    // Set-Cookie.
    else if (name !== 'set-cookie') fields.set(name, [values.join(', ')])
  }
  return fields
}
