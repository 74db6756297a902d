/**
 * How a faulty handler shows that it has begun: on a starved machine a request can pass its
 * deadline before a worker takes it, and is then responded to without the fault.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from '../../e2e/support/index.ts'

const folder = temporaryDirectory()

/** Absolute path of the file that the handler of a fault writes first. */
export function markerOf(fault: string): string {
  return join(folder, fault)
}

/** Whether the handler of a fault has begun. */
export function hasBegun(fault: string): boolean {
  return existsSync(markerOf(fault))
}
