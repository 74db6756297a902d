/**
 * A look at a route's text for names that were meant to be handlers: a compiler sees functions like
 * any other there.
 */
import { routeMethods } from '../../../runtime/node/src/base/methods.ts'

/**
 * The text with comments and the contents of quotation marks blanked out, and all between braces.
 */
function outermost(source: string): string {
  const bare = source.replace(
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|R"([^\s()\\]*)\([\s\S]*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'/g,
    ' ',
  )
  let depth = 0
  let text = ''
  for (const letter of bare) {
    if (letter === '{') depth++
    if (depth === 0) text += letter
    if (letter === '}') depth = Math.max(0, depth - 1)
  }
  return text
}

/**
 * Functions of an `app` route that answer like handlers but are named unlike one, such as `Get`.
 * @param found names of the handlers there are: who has a `GET` may call a helper `get`.
 * @returns a warning for each.
 */
export function misspeltHandlers(file: string, source: string, found: readonly string[]): string[] {
  const warnings: string[] = []
  const functions = outermost(source).matchAll(
    /\b(?:Response|Task\s*<\s*(?:millrace\s*::\s*)?Response\s*>)\s+([A-Za-z]+)\s*\(/g,
  )
  for (const [, name = ''] of functions) {
    const method = name.toUpperCase()
    if (name === method || !routeMethods.includes(method) || found.includes(method)) continue
    warnings.push(
      `${file}: the function ${name} is no handler; one for ${method} is named ${method}`,
    )
  }
  return [...new Set(warnings)]
}
