/**
 * `webpack()` of next.config: who runs it. Nobody but webpack knows what it does; Next.js calls it
 * where `next build` is given --webpack, leaves it out where the project says that it means
 * Turbopack, and refuses to build where the project says neither.
 */
import { bundlerFlags } from '../config/bundler_flags.ts'

/** What is to be known of the configuration that was `exported`. */
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
    `${name}: webpack() has no effect: the engine "light" does not run it, and \`next build\` of Next.js 16 refuses it where nothing says which bundler is meant. ` +
    `Write \`next build --webpack\` as the "build" script of package.json, and the engine "next" compiles the routes with it; or a \`turbopack\` key, also an empty one, where the routes do not need it.`
  )
}
