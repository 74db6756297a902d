/**
 * The files of a standalone folder: copies of files from several places, with the same paths
 * relative to each other, so that modules find each other as before.
 */
import { cpSync, lstatSync, mkdirSync, readlinkSync, realpathSync, symlinkSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'

/** Whether a path is a folder or below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

/** Collects files and folders, and copies them to a folder. */
export class FileTree {
  /** By the absolute path that the copy stands for. */
  readonly #files = new Map<string, string>()

  /** Adds a file, or a folder without its `node_modules`, that keeps its place. */
  add(path: string): void {
    this.#files.set(path, path)
  }

  /** Adds a file that takes the place of another. */
  addAt(place: string, file: string): void {
    this.#files.set(place, file)
  }

  /**
   * Returns the innermost folder that contains `root` and everything that was added.
   */
  base(root: string): string {
    let base = root
    for (const place of this.#files.keys()) while (!isWithin(place, base)) base = dirname(base)
    return base
  }

  /** Copies everything. @param base see {@link base}. */
  copyTo(target: string, base: string): void {
    for (const [place, file] of this.#files) copy(file, join(target, relative(base, place)), place)
  }
}

function copy(file: string, target: string, place: string): void {
  const facts = lstatSync(file, { throwIfNoEntry: false })
  // What is listed need not exist, as when a package leaves a file out.
  if (facts === undefined || lstatSync(target, { throwIfNoEntry: false })?.isFile()) return
  mkdirSync(dirname(target), { recursive: true })
  if (facts.isSymbolicLink()) copyLink(file, target, place)
  else
    cpSync(file, target, {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
      filter: (path) => path === file || !path.endsWith(`${sep}node_modules`),
    })
}

/** Links become relative, because the target has another name in the copy. */
function copyLink(file: string, target: string, place: string): void {
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) return
  const link = readlinkSync(file)
  const to = isAbsolute(link) ? realpathSync(file) : resolve(dirname(place), link)
  symlinkSync(relative(dirname(place), to), target)
}
