/**
 * What a project relies on that Millrace does not do yet. To pass over it in silence would be wrong: a
 * middleware file is often what keeps strangers out.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const interceptors = ['middleware', 'proxy'].flatMap((name) =>
  ['', 'src/'].flatMap((folder) => ['ts', 'js', 'mts', 'mjs'].map((extension) => `${folder}${name}.${extension}`)),
)
const keys = ['headers', 'redirects', 'rewrites', 'i18n']

/** A warning for each; `exported` is the configuration as evaluated. */
export function unsupportedOf(root: string, name: string, exported: unknown): string[] {
  const warnings = interceptors
    .filter((file) => existsSync(join(root, file)))
    .map((file) => `${file} is not run: Millrace has no middleware yet. What it guards is not guarded here.`)
  if (typeof exported !== 'object' || exported === null) return warnings
  const config = exported as Record<string, unknown>
  const used = keys.filter((key) => config[key] !== undefined && config[key] !== null)
  return [...warnings, ...used.map((key) => `${name}: ${key} is not supported yet and has no effect.`)]
}
