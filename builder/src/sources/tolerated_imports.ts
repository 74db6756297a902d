/**
 * JavaScript that imports, or exports again, a name which the other file does not have: that of a
 * type, usually, which compilers that see one file at a time leave in. Next.js's bundler minds it
 * only where the name is used; esbuild minds it always, but in TypeScript. So such a file is read
 * as TypeScript.
 */
import { join } from 'node:path'
import { init, parse } from 'es-module-lexer'
import type { Message } from 'esbuild'
import { plainName } from '../base/messages.ts'

/** Absolute paths of files in JavaScript that `errors` complain of for that reason. */
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
 * What to read as TypeScript in place of `text`, on the same lines. TypeScript leaves out an import
 * of which nothing is used, with what the module does when it runs; so each module is imported once
 * more, for nothing but that.
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
