/**
 * Reads which pages of a build have server actions, from the manifest by which Next.js finds an
 * action's module.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const manifestFile = 'server/server-reference-manifest.json'

interface Reference {
  /** By entry: `app/act/page`. */
  readonly workers?: Readonly<Record<string, unknown>>
}

interface ServerReferences {
  readonly node?: Readonly<Record<string, Reference>>
  readonly edge?: Readonly<Record<string, Reference>>
}

/** Returns the entries of pages with server actions: `app/act/page`. */
export function entriesWithActions(distDir: string): Set<string> {
  const file = join(distDir, manifestFile)
  if (!existsSync(file)) return new Set()
  const { node = {}, edge = {} } = JSON.parse(readFileSync(file, 'utf8')) as ServerReferences
  const references = [...Object.entries(node), ...Object.entries(edge)]
  return new Set(
    references.flatMap(([id, { workers = {} }]) => (isAction(id) ? Object.keys(workers) : [])),
  )
}

/** Functions with `'use cache'` are in the manifest too; the first bit of their names is set. */
function isAction(id: string): boolean {
  return Number.parseInt(id.slice(0, 2), 16) < 0x80
}
