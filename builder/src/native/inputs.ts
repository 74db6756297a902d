import { relative } from 'node:path'

/** Paths relative to the project where they are inside it. */
export function relativeInputs(root: string, paths: readonly string[]): string[] {
  return paths.map((path) => (path.startsWith(`${root}/`) ? relative(root, path) : path))
}
