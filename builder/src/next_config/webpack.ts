/**
 * Determines whether `webpack()` of next.config is used. Only webpack can run it. Next.js calls it
 * if `next build` is given --webpack, ignores it if the project selects Turbopack, and refuses to
 * build if the project selects neither.
 */
import { bundlerFlags } from '../config/bundler_flags.ts'

/** How the configuration that was `exported` uses webpack(). */
export interface WebpackUse {
  /** Whether the project's own build compiles with it. */
  readonly compiles: boolean
  readonly warnings: readonly string[]
}

/** @param name of the configuration's file. */
export function webpackUse(root: string, name: string, exported: object): WebpackUse {
  const { webpack, turbopack, experimental } = exported as {
    webpack?: unknown
    turbopack?: unknown
    experimental?: object | null
  }
  if (typeof webpack !== 'function') return { compiles: false, warnings: [] }
  const flags = bundlerFlags(root)
  if (flags.includes('--webpack')) return { compiles: true, warnings: [] }
  const meansTurbopack =
    flags.length > 0 ||
    Boolean(turbopack) ||
    Object.keys(experimental ?? {}).some((key) => key.startsWith('turbo'))
  return { compiles: false, warnings: meansTurbopack ? [] : [refused(name)] }
}

function refused(name: string): string {
  return (
    `${name}: webpack() has no effect: the engine "light" does not run it, and \`next build\` of Next.js 16 refuses to build if no bundler is selected. ` +
    `If the routes need it, set the "build" script of package.json to \`next build --webpack\`: the engine "next" then compiles them with it. Otherwise add a \`turbopack\` key, which may be empty.`
  )
}
