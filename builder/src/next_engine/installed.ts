/**
 * Finds the project's own Next.js and checks that its adapter API provides the compiled entries.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The first version whose adapter API provides entries that handle `(req, res)`. */
const firstVersion = [16, 2] as const

/** A Next.js installation that can compile routes for Millrace. */
export interface InstalledNext {
  readonly version: string
  /** Absolute path of the package. */
  readonly folder: string
  /** Absolute path of the program `next`. */
  readonly program: string
}

/** The project's installation; `missing` says why the engine cannot be used, and what to do. */
export type NextOfProject = { readonly next: InstalledNext } | { readonly missing: string }

/** Resolves the package as Node.js does from the project's folder. */
export function findNext(root: string): NextOfProject {
  const folder = packageFolder(root)
  if (folder === null) return { missing: 'Next.js is not installed: install it (npm install next)' }
  let version: string
  try {
    version = String(
      (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: unknown })
        .version,
    )
  } catch (error) {
    return {
      missing: `${join(folder, 'package.json')} cannot be read (${(error as Error).message}): install Next.js again`,
    }
  }
  if (!isNewEnough(version)) {
    return {
      missing: `Next.js ${version} is installed, whose adapter API does not provide entries: install ${firstVersion.join('.')} or newer`,
    }
  }
  return { next: { version, folder, program: join(folder, 'dist', 'bin', 'next') } }
}

function packageFolder(root: string): string | null {
  for (let folder = root; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', 'next')
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate)
    if (dirname(folder) === folder) return null
  }
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > firstVersion[0] || (major === firstVersion[0] && minor >= firstVersion[1])
}
