/**
 * Finds routes that have no usable handler, from the exports of their modules. Next.js reports most
 * of these mistakes only on a request; a build for production fails here, unless millrace.toml
 * allows them.
 */
import { routeMethods, upgradeExportName } from '../../../runtime/node/src/base/methods.ts'

/** The exports of a route's module. */
export interface RouteExports {
  readonly file: string
  readonly kind: 'pages' | 'app'
  /** Null if only running it can tell, as for CommonJS. */
  readonly exports: readonly string[] | null
}

/** Advice at the end of errors of a build. */
export const unusableAdvice =
  'If a file is no route, move it out of pages/api, or give it another name than route. To build such routes nevertheless, set allow_unusable = true in millrace.toml, [build].'

/** Returns a message for a route without a usable handler; otherwise null. */
export function unusableRouteMessage({ file, kind, exports }: RouteExports): string | null {
  if (exports === null) return null
  if (kind === 'pages') {
    if (exports.includes('default')) return null
    return `${file} has no default export: every request gets a 500 response. Expected "export default function handler(req, res)", found ${listed(exports)}.`
  }
  if (exports.some((name) => routeMethods.includes(name) || name === upgradeExportName)) return null
  const miscased = exports.filter((name) => routeMethods.includes(name.toUpperCase()))
  const found =
    miscased.length > 0
      ? miscased.map((name) => `It exports ${name}: did you mean ${name.toUpperCase()}?`).join(' ')
      : exports.includes('default')
        ? 'It has a default export: export a function named GET, POST, … for each HTTP method instead.'
        : `Expected an export named GET, POST, … for each HTTP method, found ${listed(exports)}.`
  return `${file} responds to every request with 405. ${found}`
}

function listed(exports: readonly string[]): string {
  return exports.length === 0 ? 'no export' : exports.join(', ')
}
