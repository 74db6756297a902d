/**
 * Whether a module that imports an image or a CSS module can see what Millrace makes otherwise than
 * Next.js.
 */

/** Uses of an imported name that tell nothing of it, as the key of an object does. */
const harmless = {
  /** Not the picture itself. */
  image: (name: string) =>
    new RegExp(
      `(?<=[{,]\\s*)${name}\\s*:|(?<![\\w$.])${name}(?:\\s+as\\s+[\\w.]+\\s*\\))?\\s*\\??\\.\\s*(?:src|width|height|blurWidth|blurHeight)\\b`,
      'g',
    ),
  /** Whether there is a name, not which one. */
  styles: (name: string) =>
    new RegExp(`(?<=[{,]\\s*)${name}\\s*:|\\btypeof\\s+${name}\\s*[.[]`, 'g'),
} as const

/**
 * A quick look at the text of the importer; in doubt it sees everything. @param request what it
 * imports.
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
