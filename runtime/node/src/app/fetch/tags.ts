const longest = 256
const most = 128

/**
 * Returns the usable tags; others are logged with Next.js's messages. A string counts as its
 * characters.
 */
export function usableTags(given: unknown, description: string): string[] {
  const tags: readonly unknown[] =
    typeof given === 'string' ? [...given] : Array.isArray(given) ? given : []
  const usable: string[] = []
  const invalid: [tag: unknown, reason: string][] = []
  for (const [index, tag] of tags.entries()) {
    if (typeof tag !== 'string') invalid.push([tag, 'invalid type, must be a string'])
    else if (tag.length > longest) invalid.push([tag, `exceeded max length of ${longest}`])
    else usable.push(tag)
    if (usable.length > most) {
      console.warn(
        `Warning: exceeded max tag count for ${description}, dropped tags:`,
        tags.slice(index).join(', '),
      )
      break
    }
  }
  if (invalid.length > 0) {
    console.warn(`Warning: invalid tags passed to ${description}: `)
    for (const [tag, reason] of invalid) console.log(`tag: "${String(tag)}" ${reason}`)
  }
  return usable
}
