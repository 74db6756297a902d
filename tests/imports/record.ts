/**
 * Writes the project of imports.test.ts with all forms, builds it and requests it under Next.js,
 * and updates the record:
 *
 *     node tests/imports/record.ts
 *     node tests/imports/record.ts --compare    # Millrace, each route with its engine
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../e2e/support/index.ts'
import { generate } from './generate.ts'

const compare = process.argv.includes('--compare')
const work = join(repository, 'build/imports')
const recorded = join(import.meta.dirname, 'recorded')
rmSync(work, { recursive: true, force: true })
mkdirSync(work, { recursive: true })
generate(join(work, 'fixtures'))
if (existsSync(recorded)) cpSync(recorded, join(work, 'recorded'), { recursive: true })
const args = [
  join(repository, 'tests/conformance/run.ts'),
  '--fixtures',
  join(work, 'fixtures'),
  ...(compare ? [] : ['--record']),
]
const { status } = spawnSync(process.execPath, args, {
  stdio: 'inherit',
  env: { CONFORMANCE_ENGINE: 'auto', ...process.env },
})
if (!compare && existsSync(join(work, 'recorded')))
  cpSync(join(work, 'recorded'), recorded, { recursive: true })
process.exitCode = status ?? 1
