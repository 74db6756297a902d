/**
 * Writes a manifest atomically, with one member, route or static response per line.
 */
import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Manifest } from './manifest.ts'

/** Returns the text of the file. */
export function manifestText(manifest: Manifest): string {
  const members = Object.entries(manifest).map(
    ([name, value]) =>
      `  ${JSON.stringify(name)}: ${isList(name, value) ? lines(value) : JSON.stringify(value)}`,
  )
  return `{\n${members.join(',\n')}\n}\n`
}

/** Long lists are written with one item per line. */
function isList(name: string, value: unknown): value is readonly unknown[] {
  return ['memory_state', 'routes', 'prerendered'].includes(name) && Array.isArray(value)
}

function lines(items: readonly unknown[]): string {
  if (items.length === 0) return '[]'
  return `[\n    ${items.map((item) => JSON.stringify(item)).join(',\n    ')}\n  ]`
}

/**
 * Writes the file and renames it into place.
 * @param root absolute path of the project; its `.millrace` folder is hidden from git.
 */
export async function writeManifest(path: string, manifest: Manifest, root: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await keepOutOfGit(root)
  const temporary = `${path}.new`
  await writeFile(temporary, manifestText(manifest))
  await rename(temporary, path)
}

/**
 * Makes git ignore the folder `.millrace` of a project, so that the project need not list it in its
 * own .gitignore. Does nothing if the folder does not exist.
 */
export async function keepOutOfGit(root: string): Promise<void> {
  const folder = join(root, '.millrace')
  const file = join(folder, '.gitignore')
  if (existsSync(folder) && !existsSync(file)) await writeFile(file, '*\n')
}
