/**
 * Lists the files from which a translation unit was compiled, and the files that could replace one
 * of them.
 */
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'

/** Returns paths inside the project relative to it, others unchanged. */
export function relativeInputs(root: string, paths: readonly string[]): string[] {
  return paths.map((path) => (path.startsWith(`${root}/`) ? relative(root, path) : path))
}

/** Returns the dependencies of a make rule as absolute paths. */
export function pathsIn(rule: string, root: string): string[] {
  const [, prerequisites = ''] = rule.replaceAll('\\\n', ' ').split(/:\s/, 2)
  const words = prerequisites.match(/(?:\\.|[^\s\\])+/g) ?? []
  return words
    .map((word) => word.replace(/\\(.)/g, '$1').replaceAll('$$', '$'))
    .map((path) => (path.startsWith('/') ? path : join(root, path)))
}

/**
 * Returns all files below a folder, without those of packages, tools and builds; empty if the
 * folder does not exist.
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
 * Returns the files that an `#include` may find instead of the one that it has found: they have the
 * same name, in a folder that is searched. If one is added or removed, the compiled result may
 * differ.
 * @param inputs of a unit.
 * @param source the one of them that no other includes.
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

/** Whether one of the files was written or replaced after `time`, in milliseconds. */
export async function anyChangedSince(paths: readonly string[], time: number): Promise<boolean> {
  const changed = await Promise.all(
    paths.map(async (path) => (await stat(path).catch(() => undefined))?.ctimeMs ?? Infinity),
  )
  return changed.some((at) => at > time)
}
