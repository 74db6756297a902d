const longest = 256
const most = 128

/**
 * The tags that can be used; the others are told of, in Next.js's words. A text counts as its
 * characters.
 */
export function usableTags(given: unknown, description: string): string[] {
  const tags: readonly unknown[] =
    typeof given === 'string' ? [...given] : Array.isArray(given) ? given : []
  const usable: string[] = []
  const wrong: [tag: unknown, reason: string][] = []
  for (const [index, tag] of tags.entries()) {
    if (typeof tag !== 'string') wrong.push([tag, 'invalid type, must be a string'])
    else if (tag.length > longest) wrong.push([tag, `exceeded max length of ${longest}`])
    else usable.push(tag)
    if (usable.length > most) {
      console.warn(
        `Warning: exceeded max tag count for ${description}, dropped tags:`,
        tags.slice(index).join(', '),
      )
      break
    }
  }
  if (wrong.length > 0) {
    console.warn(`Warning: invalid tags passed to ${description}: `)
    for (const [tag, reason] of wrong) console.log(`tag: "${String(tag)}" ${reason}`)
  }
  return usable
}
