// Limits the size of files: 400 lines, or 800 of tests, declarations of types and tables of cases.

import { readFileSync } from 'node:fs'
import { files, report } from './files.mjs'

const faults = []
for (const path of files(/\.(hpp|cpp|ts|tsx|mjs|js|cmake)$/)) {
  if (path.includes('/generated/')) continue
  const lines = readFileSync(path, 'utf8').split('\n').length - 1
  const limit = /(^|[/_])test|_cases\.mjs$|\.d\.ts$/.test(path) ? 800 : 400
  if (lines > limit) faults.push(`${path}: ${lines} lines; at most ${limit} are allowed`)
}
report(faults)
