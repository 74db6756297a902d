/**
 * Handles JavaScript that imports, or exports again, a name which the other file does not have:
 * usually that of a type, which compilers that process one file at a time leave in. Next.js's
 * bundler reports an error only if the name is used; esbuild always does, except in TypeScript. So
 * such a file is read as TypeScript.
 */
import { join } from 'node:path'
import { init, parse } from 'es-module-lexer'
import type { Message } from 'esbuild'
import { plainName } from '../base/messages.ts'

/** Returns the absolute paths of JavaScript files for which `errors` have that cause. */
export function filesWithTypes(root: string, errors: readonly Message[]): string[] {
  return errors.flatMap(({ text, location }) => {
    if (
      !text.startsWith('No matching export in ') ||
      location === null ||
      !['', 'file'].includes(location.namespace)
    )
      return []
    const file = plainName(location.file)
    return /\.[cm]?jsx?$/.test(file) ? [join(root, file)] : []
  })
}

/**
 * Returns the TypeScript that replaces `text`, on the same lines. TypeScript removes an import of
 * which nothing is used, and with it the module's side effects; so each module is imported once
 * more for its side effects.
 */
export async function toleratingTypes(text: string): Promise<string> {
  await init()
  let imports: ReturnType<typeof parse>[0]
  try {
    ;[imports] = parse(text)
  } catch {
    return text
  }
  let result = ''
  let end = 0
  for (const found of imports) {
    if (found.type !== 'static' || found.phase !== null || found.attributes !== null) continue
    result += `${text.slice(end, found.importStart)}import ${JSON.stringify(found.specifier)}; `
    end = found.importStart
  }
  return result + text.slice(end)
}
