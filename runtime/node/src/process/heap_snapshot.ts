import { fs } from '../base/builtins.ts'

/** The content of a `snapshot` frame from the server. */
export interface SnapshotCommand {
  readonly id: number
  /** Absolute path of a file that must not exist. */
  readonly path: string
}

/** The worker's reply. */
export type SnapshotResult =
  | { readonly id: number; readonly bytes: number }
  | { readonly id: number; readonly error: string }

/** Parses the command in a frame's JSON; null for anything else. */
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

/** Writes a V8 heap snapshot. Blocks the process meanwhile. */
export function writeSnapshot({ id, path }: SnapshotCommand): SnapshotResult {
  try {
    // No existing file is overwritten and no symbolic link is followed. Only the owner may read the
    // file: it contains all data of the process.
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
