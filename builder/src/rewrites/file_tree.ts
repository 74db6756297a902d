/**
 * Lists the files below a folder, for imports of many files: bounded, and always in the same order.
 */
import { type Dirent, readdirSync } from 'node:fs'

/** Limit on the files of one import; Next.js is only bounded by memory. */
export const maximumFiles = 10_000

const passedOver: ReadonlySet<string> = new Set(['.next', '.millrace', '.git'])

/**
 * Returns the paths of the files below `folder`, relative to it, sorted by their bytes; empty if
 * the folder does not exist.
 * @param enters whether to descend into a folder, given its relative path.
 * @throws Error if there are more than {@link maximumFiles}.
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
      } else if (found.push(path) > maximumFiles) {
        throw new Error(`more than ${maximumFiles} files are below ${folder}: narrow the pattern`)
      }
    }
  }
  return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}
