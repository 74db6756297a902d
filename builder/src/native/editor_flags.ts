/**
 * Tells editors how routes in C++ are compiled: writes a `compile_flags.txt`, which clangd reads,
 * at the project's root; for projects with a CMake of their own a link to CMake's
 * `compile_commands.json`. Files of the user are never changed.
 */
import { lstatSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const flagsFile = 'compile_flags.txt'
const commandsFile = 'compile_commands.json'
/** Marks a file as written here: the format has no comments. Without this line it is the user's. */
const mark = '-DMILLRACE_COMPILE_FLAGS'

/**
 * Writes the flags, one argument a line, unless they are already there, or the user has a file for
 * editors. A folder that cannot be written is no error.
 */
export function writeEditorFlags(root: string, flags: readonly string[]): void {
  if (kindOf(join(root, commandsFile)) !== 'none') return
  const path = join(root, flagsFile)
  const text = `${[mark, ...flags].join('\n')}\n`
  try {
    const present = kindOf(path) === 'none' ? null : readFileSync(path, 'utf8')
    const isOurs = present === null || present.split('\n').includes(mark)
    if (isOurs && present !== text) writeFileSync(path, text)
  } catch {
    // Editors only.
  }
}

/** Links CMake's database, which is in its build tree. */
export function linkEditorCommands(root: string, tree: string): void {
  const path = join(root, commandsFile)
  const target = relative(root, join(tree, commandsFile))
  try {
    const kind = kindOf(path)
    const isOurs = kind === 'link' && readlinkSync(path).startsWith('.millrace/')
    if (isOurs && readlinkSync(path) === target) return
    if (isOurs) rmSync(path)
    if (isOurs || kind === 'none') symlinkSync(target, path)
  } catch {
    // Editors only.
  }
}

function kindOf(path: string): 'none' | 'link' | 'other' {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return 'none'
  return found.isSymbolicLink() ? 'link' : 'other'
}
