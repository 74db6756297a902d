/**
 * Searches a route's text for functions that were probably meant to be handlers: for a compiler
 * they are functions like any other.
 */
import { routeMethods } from '../../../runtime/node/src/base/methods.ts'

/** Returns the text with comments, quoted text and everything between braces blanked out. */
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
 * Finds functions of an `app` route that look like handlers but have a wrong name, such as `Get`.
 * @param found names of the existing handlers: a route with a `GET` may have a helper `get`.
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
      `${file}: the function ${name} is not a handler; the handler for ${method} must be named ${method}`,
    )
  }
  return [...new Set(warnings)]
}
