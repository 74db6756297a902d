import { dirname, join } from 'node:path'

import { fs } from '../base/builtins.ts'

/** Bounds the search for the package, which symbolic links could make long. */
const maxFolders = 64

/** The Next.js version that a project is written for. */
export interface NextVersion {
  /** Null if the project does not name `next`: it is written for Millrace alone. */
  readonly major: number | null
  /** Version of the installed package; null if there is none. */
  readonly installed: string | null
}

/**
 * Returns the Next.js version that a project is written for: the installed one if its package.json
 * names `next`, otherwise the major version at the beginning of that range. A range without a
 * version (`latest`, `catalog:`) means the newest.
 */
export function nextVersionOf(root: string): NextVersion {
  const range = rangeIn(join(root, 'package.json'))
  const installed = installedVersion(root) ?? null
  if (range === undefined) return { major: null, installed }
  const version = installed ?? /\d+/.exec(range)?.[0]
  return { major: version === undefined ? Infinity : parseInt(version, 10), installed }
}

function rangeIn(path: string): string | undefined {
  const { dependencies, devDependencies, peerDependencies } = read(path)
  for (const list of [dependencies, devDependencies, peerDependencies]) {
    const range = (list as Record<string, unknown> | undefined)?.['next']
    if (typeof range === 'string') return range
  }
  return undefined
}

function installedVersion(root: string): string | undefined {
  for (let folder = root, left = maxFolders; left > 0; folder = dirname(folder), --left) {
    const { version } = read(join(folder, 'node_modules/next/package.json'))
    if (typeof version === 'string') return version
    if (folder === dirname(folder)) break
  }
  return undefined
}

function read(path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(fs.readFileSync(path, 'utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
