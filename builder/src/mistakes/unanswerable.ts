/**
 * Names routes that can answer nothing by what their modules export. Next.js builds them, too, and
 * says so only when they are asked; so these are warnings.
 */
import { routeMethods } from '../../../runtime/node/src/base/methods.ts'

/** What a route's module exports. */
export interface RouteExports {
  readonly file: string
  readonly kind: 'pages' | 'app'
  /** Null where only running it can tell, as of CommonJS. */
  readonly exports: readonly string[] | null
}

/** What to tell of a route; null where it can answer. */
export function whyUnanswerable({ file, kind, exports }: RouteExports): string | null {
  if (exports === null) return null
  if (kind === 'pages') {
    if (exports.includes('default')) return null
    return `${file} has no default export: every request is answered with 500. Expected "export default function handler(req, res)", found ${listed(exports)}.`
  }
  if (exports.some((name) => routeMethods.includes(name))) return null
  const miscased = exports.filter((name) => routeMethods.includes(name.toUpperCase()))
  const found =
    miscased.length > 0
      ? `Detected ${miscased.map((name) => `'${name}'`).join(', ')}: export the uppercase ${miscased.map((name) => `'${name.toUpperCase()}'`).join(', ')}`
      : exports.includes('default')
        ? 'Detected default export: export a named export for each HTTP method instead'
        : `No HTTP methods exported: export a named export for each HTTP method, found ${listed(exports)}`
  return `${file} answers every request with 405. ${found}.`
}

function listed(exports: readonly string[]): string {
  return exports.length === 0 ? 'no export' : exports.join(', ')
}
