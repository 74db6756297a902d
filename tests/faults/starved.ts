/**
 * Repeats the fault suite on a machine that is kept busy, and counts failures:
 *
 *     node tests/faults/starved.ts [--times 20] [--load 20] [FILE…]
 *
 * `--load` busy-looping processes compete with it. FILE: test files, by default all of
 * tests/faults. Exits with 1 if a run has failed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: { times: { type: 'string', default: '20' }, load: { type: 'string', default: '20' } },
  allowPositionals: true,
})
const times = Number(values.times)
const load = Number(values.load)
const folder = import.meta.dirname
const files =
  positionals.length > 0
    ? positionals
    : readdirSync(folder)
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => join(folder, name))

/** The result of a finished run. */
interface Run {
  readonly code: number | null
  readonly output: string
}

function runTests(): Promise<Run> {
  return new Promise((resolve, reject) => {
    // Time limits of tests only detect hangs: a busy machine needs longer ones.
    const child = spawn(
      process.execPath,
      ['--test', '--test-timeout=3600000', '--test-concurrency=1', ...files],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, MILLRACE_TEST_TIMEOUT: '3000' },
      },
    )
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}

const competitors: ChildProcess[] = Array.from({ length: load }, () =>
  spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
)
process.on('exit', () => {
  for (const one of competitors) one.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

let failures = 0
for (let i = 1; i <= times; i++) {
  const began = performance.now()
  const { code, output } = await runTests()
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  console.log(
    `run ${i} of ${times}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s at load ${loadavg()[0]!.toFixed(1)}`,
  )
  if (code === 0) continue
  failures++
  console.log(output)
}
console.log(`${failures} of ${times} runs failed with ${load} busy processes`)
process.exit(failures === 0 ? 0 : 1)
