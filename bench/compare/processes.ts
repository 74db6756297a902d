/**
 * Reads from /proc what a process and all its descendants use.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Microseconds per tick of the CPU times in /proc: USER_HZ is 100 on Linux. */
const kTickMicroseconds = 10_000

interface Stat {
  readonly parent: number
  /** CPU ticks of the process itself and of its children that have ended. */
  readonly ticks: number
}

function readStat(pid: number): Stat | null {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return null
  }
  // The name, in parentheses, may contain spaces: the fields of interest follow the last
  // parenthesis.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const number = (index: number) => Number(fields[index])
  return { parent: number(1), ticks: number(11) + number(12) + number(13) + number(14) }
}

/** Returns the process `root` and its living descendants. */
export function processTree(root: number): number[] {
  const parents = new Map<number, number>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const stat = readStat(Number(entry))
    if (stat) parents.set(Number(entry), stat.parent)
  }
  const tree = [root]
  for (const pid of tree) {
    for (const [child, parent] of parents) if (parent === pid) tree.push(child)
  }
  return tree
}

/**
 * Returns the CPU time of the tree below `root` so far, in microseconds; children that ended within
 * it count.
 */
export function cpuMicroseconds(root: number): number {
  return (
    processTree(root).reduce((sum, pid) => sum + (readStat(pid)?.ticks ?? 0), 0) * kTickMicroseconds
  )
}

/**
 * Returns the memory of the tree in bytes: proportional set size, so that shared pages count once.
 */
export function memoryBytes(root: number): number {
  let kilobytes = 0
  for (const pid of processTree(root)) {
    try {
      const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
      kilobytes += Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0)
    } catch {
      // The process ended between the listing and the reading.
    }
  }
  return kilobytes * 1024
}
