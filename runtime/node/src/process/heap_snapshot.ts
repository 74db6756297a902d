import { fs } from '../base/builtins.ts'

/** What a `snapshot` frame asks for. */
export interface SnapshotCommand {
  readonly id: number
  /** Absolute; there must be no such file. */
  readonly path: string
}

/** What it is answered with. */
export type SnapshotResult =
  | { readonly id: number; readonly bytes: number }
  | { readonly id: number; readonly error: string }

/** The command in a frame's JSON; null for anything else. */
export function readSnapshotCommand(text: string): SnapshotCommand | null {
  try {
    const command = JSON.parse(text) as Partial<SnapshotCommand> | null
    return typeof command?.id === 'number' && typeof command.path === 'string'
      ? (command as SnapshotCommand)
      : null
  } catch {
    return null
  }
}

/** Writes a V8 heap snapshot. The process stands still meanwhile. */
export function writeSnapshot({ id, path }: SnapshotCommand): SnapshotResult {
  try {
    // Nothing else of the user's is overwritten, nor is a link followed; it holds all the process
    // knows.
    fs.closeSync(fs.openSync(path, 'wx', 0o600))
    process.getBuiltinModule('node:v8').writeHeapSnapshot(path)
    return { id, bytes: fs.statSync(path).size }
  } catch (error) {
    return {
      id,
      error: `${path}: the heap snapshot cannot be written (${(error as Error).message}); expected a path of a file that does not exist, in a folder that may be written`,
    }
  }
}
