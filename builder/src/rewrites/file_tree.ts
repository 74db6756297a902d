/** Files below a folder, for imports that ask for many: bounded, and always in the same order. */
import { type Dirent, readdirSync } from 'node:fs'

/** What one import may take in; Next.js has no bound but its memory. */
export const mostFiles = 10_000

const passedOver: ReadonlySet<string> = new Set(['.next', '.millrace', '.git'])

/**
 * Paths of the files below `folder`, relative to it, sorted by their bytes; none where there is no
 * such folder.
 * @param enters whether a folder is looked into, by its relative path.
 * @throws Error where there are more than {@link mostFiles}.
 */
export function filesBelow(folder: string, enters: (path: string) => boolean): string[] {
  const found: string[] = []
  const pending = ['']
  for (const below of pending) {
    let entries: Dirent[]
    try {
      entries = readdirSync(`${folder}/${below}`, { withFileTypes: true })
    } catch {
      continue
    }
    for (const entry of entries) {
      const path = below + entry.name
      if (entry.isDirectory()) {
        if (!passedOver.has(entry.name) && enters(path)) pending.push(`${path}/`)
      } else if (found.push(path) > mostFiles) {
        throw new Error(`more than ${mostFiles} files are below ${folder}: narrow the pattern`)
      }
    }
  }
  return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}
