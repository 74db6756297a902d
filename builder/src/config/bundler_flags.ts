/**
 * Determines which bundler the project's own build uses, from the `build` script in package.json.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const knownFlags = new Set(['--webpack', '--turbopack', '--turbo'])

/** Returns those flags of `next build` that decide how code is compiled. */
export function bundlerFlags(root: string): string[] {
  let scripts: Record<string, unknown> | undefined
  try {
    scripts = (
      JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
        scripts?: Record<string, unknown>
      }
    ).scripts
  } catch {
    return []
  }
  const build = typeof scripts?.['build'] === 'string' ? scripts['build'] : ''
  const flags = /\bnext\s+build\b([^&|;]*)/.exec(build)?.[1] ?? ''
  return flags.split(/\s+/).filter((flag) => knownFlags.has(flag))
}
