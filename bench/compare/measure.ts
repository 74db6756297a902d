/**
 * Measures one contender: starts it, loads it with wrk, reads its costs, stops it.
 */
import { join } from 'node:path'
import type { Contender } from './contenders.ts'
import { type Load, load, type LoadOptions, withServer } from './loaded_server.ts'
import { memoryBytes } from './processes.ts'

/** The results of one start of a contender; memory in MB, time in milliseconds. */
export interface Measurement {
  readonly coldStart: number
  readonly idleMemory: number
  readonly hello: Load
  /** Null if the contender has no such handler. */
  readonly order: Load | null
  readonly loadedMemory: number
}

/** Starts `contender` once and measures everything; always stops the server. */
export function measure(contender: Contender, options: LoadOptions): Promise<Measurement> {
  return withServer(contender, contender.hello, async ({ origin, pid, coldStart }) => {
    const script = ['-s', join(import.meta.dirname, 'order.lua')]
    const warmUp = { ...options, seconds: 1 }
    const idleMemory = memoryBytes(pid) / 1e6
    await load(pid, origin + contender.hello, [], warmUp)
    const hello = await load(pid, origin + contender.hello, [], options)
    let order: Load | null = null
    if (contender.order !== null) {
      await load(pid, origin + contender.order, script, warmUp)
      order = await load(pid, origin + contender.order, script, options)
    }
    return { coldStart, idleMemory, hello, order, loadedMemory: memoryBytes(pid) / 1e6 }
  })
}
