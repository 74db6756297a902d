/**
 * Compares env_cases.json, which the unit tests read, with @next/env: `node env_cases.mjs` checks
 * it, `node env_cases.mjs --write` updates it with the results of @next/env.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const table = new URL('env_cases.json', import.meta.url)

/** Runs in a process of its own, since @next/env keeps state and writes to process.env. */
function answerOne() {
  const { files, real = {}, mode = 'development' } = JSON.parse(readFileSync(0, 'utf8'))
  const { loadEnvConfig } = createRequire(import.meta.url)('@next/env')
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, real, { NODE_ENV: mode })
  const folder = mkdtempSync('/tmp/env-cases-')
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  let failed = false
  const log = {
    info() {},
    error() {
      failed = true
    },
  }
  const { parsedEnv } = loadEnvConfig(folder, mode === 'development', log)
  rmSync(folder, { recursive: true })
  console.log(JSON.stringify(failed ? null : parsedEnv))
}

if (process.argv[2] === '--one') {
  answerOne()
} else {
  const cases = JSON.parse(readFileSync(table, 'utf8'))
  let differing = 0
  for (const item of cases) {
    const answer = execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--one'], {
      input: JSON.stringify(item),
      cwd: tmpdir(),
    })
    const expected = JSON.parse(answer.toString())
    const sorted =
      expected && Object.fromEntries(Object.entries(expected).sort(([a], [b]) => (a < b ? -1 : 1)))
    if (JSON.stringify(item.expected) !== JSON.stringify(sorted)) ++differing
    item.expected = sorted
  }
  if (process.argv[2] === '--write') writeFileSync(table, `${JSON.stringify(cases, null, 1)}\n`)
  else console.log(`${cases.length} cases, ${differing} differ from @next/env`)
  process.exitCode = process.argv[2] === '--write' || differing === 0 ? 0 : 1
}
