/**
 * The files that a translation unit was made of, and those that could take the place of one of
 * them.
 */
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'

/** Paths relative to the project where they are inside it. */
export function relativeInputs(root: string, paths: readonly string[]): string[] {
  return paths.map((path) => (path.startsWith(`${root}/`) ? relative(root, path) : path))
}

/** The paths that a make rule depends on, absolute. */
export function pathsIn(rule: string, root: string): string[] {
  const [, prerequisites = ''] = rule.replaceAll('\\\n', ' ').split(/:\s/, 2)
  const words = prerequisites.match(/(?:\\.|[^\s\\])+/g) ?? []
  return words
    .map((word) => word.replace(/\\(.)/g, '$1').replaceAll('$$', '$'))
    .map((path) => (path.startsWith('/') ? path : join(root, path)))
}

/**
 * All files below a folder but what packages, tools and builds keep there; none where there is no
 * such folder.
 */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => join(folder, name))
  const folders = entries.filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules',
  )
  const below = await Promise.all(folders.map(({ name }) => filesBelow(join(folder, name))))
  return [...files, ...below.flat()]
}

/**
 * Files that an `#include` may find instead of one that it has found: they have its name, in a
 * folder that is searched. One that comes or goes makes what was compiled before it another
 * program.
 * @param inputs of a unit.
 * @param source the one of them that nothing includes.
 * @param searched all files below the folders for `#include`.
 */
export async function rivalsOf(
  inputs: readonly string[],
  source: string,
  searched: readonly string[],
): Promise<string[]> {
  const names = new Set(inputs.filter((path) => path !== source).map((path) => basename(path)))
  const folders = [...new Set(inputs.map((path) => dirname(path)))]
  const beside = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder).catch(() => [])).map((name) => join(folder, name)),
    ),
  )
  return [...new Set([...searched, ...beside.flat()])]
    .filter((path) => names.has(basename(path)))
    .sort()
}

/** Whether one of the files was written or replaced after that time, in milliseconds. */
export async function anyChangedSince(paths: readonly string[], time: number): Promise<boolean> {
  const changed = await Promise.all(
    paths.map(async (path) => (await stat(path).catch(() => undefined))?.ctimeMs ?? Infinity),
  )
  return changed.some((at) => at > time)
}
