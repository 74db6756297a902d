// What scripts/checks/promises.mjs finds, and what it allows.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { TestProject } from './support.ts'

const check = fileURLToPath(new URL('../../../scripts/checks/promises.mjs', import.meta.url))

/** Each line is checked by itself; those with the word are faults. */
const lines = [
  'work() // fault',
  'void work() // fault',
  'on(() => void work()) // fault',
  'work().then(take) // fault',
  'work().then(take, tell) // fault',
  'work().catch() // fault',
  'work().finally(take) // fault',
  'flag && work() // fault',
  'flag ? work() : take() // fault',
  'maybe?.() // fault',
  'on(async () => { await work() }) // fault',
  'on(async function () { await work() }) // fault',
  'on(() => work()) // fault',
  'on(work) // fault',
  'on(object.work) // fault',
  'new Promise(async (resolve) => resolve(await work())).catch(tell) // fault',
  'like() // fault',
  'work().catch(tell)',
  'work().then(take).catch(tell)',
  'on(() => work().catch(tell))',
  'on(() => { work().catch(tell) })',
  'kept = work()',
  'const held = work(); all.push(held)',
  'await work()',
  'take()',
  'on(take)',
  'later(work)',
  'later(async () => work())',
  'later(() => work())',
  'export const result = work()',
]

const declarations = `
declare function work(): Promise<number>
declare function like(): PromiseLike<number>
declare function take(): void
declare function tell(error: unknown): void
declare function on(listener: () => void): void
declare function later(listener: () => Promise<number>): void
declare const flag: boolean
declare const maybe: (() => Promise<number>) | undefined
declare const object: { work(): Promise<number> }
declare const all: unknown[]
let kept: Promise<number>
`.replaceAll('\n', ' ')

test('the check finds promises without a handler, and no others', () => {
  using project = new TestProject()
  project.write(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: { module: 'nodenext', target: 'es2023', strict: true, types: [] },
    }),
  )
  project.write('package.json', '{"type":"module"}')
  project.write('lines.ts', [declarations, ...lines, 'export { kept }'].join('\n'))
  const { status, stderr } = spawnSync(process.execPath, [check, 'tsconfig.json'], {
    cwd: project.root,
    encoding: 'utf8',
  })
  assert.equal(status, 1)
  const found = [...stderr.matchAll(/^lines\.ts:(\d+): /gm)].map(
    ([, line]) => lines[Number(line) - 2],
  )
  assert.deepEqual(
    found,
    lines.filter((line) => line.endsWith('// fault')),
    stderr,
  )
})
