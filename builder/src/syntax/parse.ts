/**
 * Parses JavaScript, module or script, into a syntax tree.
 */
import { parse, type Program } from 'acorn'

/**
 * Returns the tree of a module, or of a sloppy-mode script; undefined for syntax that acorn does
 * not know.
 */
export function parseScript(code: string): Program | undefined {
  for (const sourceType of ['module', 'script'] as const) {
    try {
      return parse(code, {
        ecmaVersion: 'latest',
        sourceType,
        allowHashBang: true,
        allowReturnOutsideFunction: true,
      })
    } catch {
      // Sloppy-mode code is parsed as a script.
    }
  }
  return undefined
}
