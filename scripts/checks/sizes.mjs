// Limits the size of files: more than 400 lines are reported for review, more than 800 are a fault.

import { readFileSync } from 'node:fs'
import { files, report } from './files.mjs'

const faults = []
for (const path of files(/\.(hpp|cpp|ts|tsx|mjs|js|cmake)$/)) {
  if (path.includes('/generated/')) continue
  const lines = readFileSync(path, 'utf8').split('\n').length - 1
  if (lines > 800) faults.push(`${path}: ${lines} lines; more than 800 is too long for one file`)
  else if (lines > 400) console.log(`${path}: ${lines} lines: long`)
}
report(faults)
