/**
 * Finds routes that have no usable handler, from the exports of their modules. Next.js builds them
 * too and reports the mistake only on a request, so these are warnings.
 */
import { routeMethods } from '../../../runtime/node/src/base/methods.ts'

/** The exports of a route's module. */
export interface RouteExports {
  readonly file: string
  readonly kind: 'pages' | 'app'
  /** Null if only running it can tell, as for CommonJS. */
  readonly exports: readonly string[] | null
}

/** Returns a warning for a route without a usable handler; otherwise null. */
export function unusableRouteWarning({ file, kind, exports }: RouteExports): string | null {
  if (exports === null) return null
  if (kind === 'pages') {
    if (exports.includes('default')) return null
    return `${file} has no default export: every request gets a 500 response. Expected "export default function handler(req, res)", found ${listed(exports)}.`
  }
  if (exports.some((name) => routeMethods.includes(name))) return null
  const miscased = exports.filter((name) => routeMethods.includes(name.toUpperCase()))
  const found =
    miscased.length > 0
      ? `Detected ${miscased.map((name) => `'${name}'`).join(', ')}: export the uppercase ${miscased.map((name) => `'${name.toUpperCase()}'`).join(', ')}`
      : exports.includes('default')
        ? 'Detected default export: export a named export for each HTTP method instead'
        : `No HTTP methods exported: export a named export for each HTTP method, found ${listed(exports)}`
  return `${file} responds to every request with 405. ${found}.`
}

function listed(exports: readonly string[]): string {
  return exports.length === 0 ? 'no export' : exports.join(', ')
}
