import type { LoadedRoute } from '../project/generation.ts'
import { turnClock } from '../invocation/turn_clock.ts'

type Performance = typeof import('node:perf_hooks').performance

let lastUtilization: ReturnType<Performance['eventLoopUtilization']> | undefined

/**
 * Returns the content of a `stats` frame (protocol/link.md) and resets the routes' usage, so that
 * each use is reported once. `process.memoryUsage()` is expensive: call this a few times a second
 * at most.
 * @param pending number of open invocations.
 */
export function takeSample(routes: Iterable<LoadedRoute>, pending: number): object {
  const { performance } = process.getBuiltinModule('node:perf_hooks')
  const memory = process.memoryUsage()
  const cpu = process.cpuUsage()
  const utilization = performance.eventLoopUtilization()
  const since =
    lastUtilization === undefined
      ? utilization
      : performance.eventLoopUtilization(utilization, lastUtilization)
  lastUtilization = utilization
  return {
    rss: memory.rss,
    heap_used: memory.heapUsed,
    heap_total: memory.heapTotal,
    external: memory.external,
    loop_lag_ms: Math.round(turnClock.takeLongest()),
    utilization: Math.round(since.utilization * 1e4) / 1e4,
    cpu_ms: Math.round((cpu.user + cpu.system) / 1000),
    pending,
    routes: takeUsage(routes),
  }
}

function takeUsage(routes: Iterable<LoadedRoute>): number[][] {
  const rows: number[][] = []
  for (const { generation, number, usage } of routes) {
    const cpu = Math.round(usage.milliseconds * 1000)
    if (usage.invocations === 0 && cpu === 0) continue
    rows.push([generation.number, number, usage.invocations, cpu])
    usage.invocations = 0
    usage.milliseconds = 0
  }
  return rows
}
