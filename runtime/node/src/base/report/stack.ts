/**
 * Reads stacks as V8 writes them, and tells the project's frames from those of packages, Node.js
 * and Millrace.
 */
import { fileURLToPath } from 'node:url'

/** One call of a stack. */
export interface StackFrame {
  /** What was called: `GET`, `async load`, `new Store`; empty for the top level of a module. */
  readonly call: string
  /** Absolute path. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1. */
  readonly column: number
}

/** Limit on the frames that are read; `Error.stackTraceLimit` is the user's to set. */
const maximumFrames = 100
/** Limit on the length of a line that can be a frame. */
const longestLine = 4096

const framePattern = /^\s+at (?:(.+?) \()?((?:file:\/\/)?\/.*):(\d+):(\d+)\)?$/

/** Returns the frames of a stack that have a file, from the innermost call outwards. */
export function framesOf(stack: string): StackFrame[] {
  const frames: StackFrame[] = []
  for (const line of stack.split('\n')) {
    if (frames.length === maximumFrames) break
    const found = line.length > longestLine ? null : framePattern.exec(line)
    if (found === null) continue
    const [, call = '', file = '', row, column] = found
    // In a bundle, a module's function has the name of its file.
    frames.push({
      call: call.includes('/') ? '' : call,
      file: pathOf(file),
      line: Number(row),
      column: Number(column),
    })
  }
  return frames
}

function pathOf(file: string): string {
  if (!file.startsWith('file:')) return file
  try {
    return fileURLToPath(file)
  } catch {
    return file.slice('file://'.length)
  }
}

/** The folder that contains this program. */
const ownFolder = fileURLToPath(new URL('../', import.meta.url))
/** Where source maps say that a module of this program is. */
const ownSource = /\/runtime\/node\/src\/[\w/]+\.ts$/

/**
 * Whether a frame is in code of the project, which is at `root`, or of a package that it develops.
 */
export function isOfProject({ file }: StackFrame, root: string): boolean {
  if (file.includes('/node_modules/') || isOfBuild(file, root)) return false
  if (file.startsWith(`${root}/`)) return true
  return !file.startsWith(ownFolder) && !ownSource.test(file)
}

/** Whether a file is a bundle of the project's code. */
export function isOfBuild(file: string, root: string): boolean {
  return file.startsWith(`${root}/.millrace/`)
}
