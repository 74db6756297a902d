/** JavaScript of either kind as a syntax tree. */
import { parse, type Program } from 'acorn'

/** The tree of a module, or of a sloppy script; undefined for what acorn does not know. */
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
      // Sloppy code is a script.
    }
  }
  return undefined
}
