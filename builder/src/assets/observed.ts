/**
 * Determines whether a module that imports an image or a CSS module can observe a value that
 * Millrace generates differently from Next.js.
 */

/** Uses of an imported name that reveal nothing of its value, such as an object key. */
const harmless = {
  /** Reads of members other than `blurDataURL`. */
  image: (name: string) =>
    new RegExp(
      `(?<=[{,]\\s*)${name}\\s*:|(?<![\\w$.])${name}(?:\\s+as\\s+[\\w.]+\\s*\\))?\\s*\\??\\.\\s*(?:src|width|height|blurWidth|blurHeight)\\b`,
      'g',
    ),
  /** Tests whether a name exists, not which name it is. */
  styles: (name: string) =>
    new RegExp(`(?<=[{,]\\s*)${name}\\s*:|\\btypeof\\s+${name}\\s*[.[]`, 'g'),
} as const

/**
 * Checks the text of the importer with regular expressions; if in doubt, the value counts as
 * observed. @param request the import's specifier.
 */
export function isObserved(text: string, request: string, kind: keyof typeof harmless): boolean {
  const escaped = request.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  const imports = [
    ...text.matchAll(new RegExp(`\\bimport\\s+(?:([\\w$]+)\\s+from\\s+)?['"]${escaped}['"]`, 'g')),
  ]
  if (text.split(request).length - 1 !== imports.length) return true
  const rest = imports.reduce((before, [clause]) => before.replace(clause, ''), text)
  return imports.some(([, name]) => {
    if (name === undefined) return false
    const plain = name.replaceAll('$', '\\$')
    const uses = [...rest.matchAll(new RegExp(`(?<![\\w$.])${plain}(?![\\w$])`, 'g'))].length
    return uses !== [...rest.matchAll(harmless[kind](plain))].length
  })
}
