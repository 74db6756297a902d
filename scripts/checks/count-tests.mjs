// Adds up the results of scripts/test from GoogleTest's files (units-PRESET-PROGRAM.xml) and
// node's TAP (node.tap) in a folder, and prints a line for each and the total. Exits with 1 if a
// test failed or none ran.
//
//   node scripts/checks/count-tests.mjs DIR

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]

/** Reads the results of one test program: a map from a test's name to passed, failed or skipped. */
function readUnits(file) {
  const cases = new Map()
  for (const [, head, rest = ''] of readFileSync(file, 'utf8').matchAll(
    /<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    const fact = (name) => new RegExp(`(?:^| )${name}="([^"]*)"`).exec(head)?.[1]
    const skipped = fact('status') !== 'run' || fact('result') === 'skipped'
    const result = rest.includes('<failure') ? 'failed' : skipped ? 'skipped' : 'passed'
    cases.set(`${fact('classname')}.${fact('name')}`, result)
  }
  return cases
}

/** Reads node's totals from the last lines of its TAP. */
function readTap(file) {
  const text = readFileSync(file, 'utf8')
  const sum = (name) => Number(text.match(new RegExp(`^# ${name} (\\d+)$`, 'm'))?.[1] ?? 0)
  return {
    passed: sum('pass'),
    failed: sum('fail') + sum('cancelled'),
    skipped: sum('skipped') + sum('todo'),
  }
}

const total = { passed: 0, failed: 0, skipped: 0 }
const words = (counts) =>
  `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`

// A unit counts once, with its worst result in any build.
const order = ['skipped', 'passed', 'failed']
const units = new Map()
const presets = new Map()
for (const name of readdirSync(folder).sort()) {
  const [, preset, program] = /^units-(\w+)-(\w+)\.xml$/.exec(name) ?? []
  if (!preset) continue
  const counts = presets.get(preset) ?? { passed: 0, failed: 0, skipped: 0 }
  presets.set(preset, counts)
  for (const [test, result] of readUnits(join(folder, name))) {
    const unit = `${program}.${test}`
    counts[result] += 1
    const before = units.get(unit)
    if (!before || order.indexOf(result) > order.indexOf(before)) units.set(unit, result)
  }
}
for (const [preset, counts] of presets) console.log(`units (${preset}): ${words(counts)}`)
for (const result of units.values()) total[result] += 1

const tap = join(folder, 'node.tap')
if (existsSync(tap)) {
  const counts = readTap(tap)
  console.log(`under node: ${words(counts)}`)
  for (const key of Object.keys(total)) total[key] += counts[key]
}
if (total.passed + total.failed === 0) console.log('No test ran.')
console.log(words(total))
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0)
