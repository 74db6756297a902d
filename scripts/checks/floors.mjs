// Checks the floors of docs/architecture.md: a file of src/ includes only from its own folder and
// from lower floors, never from a sibling. Tests may use siblings, but no higher floor either.

import { readFileSync } from 'node:fs'
import { files, report } from './files.mjs'
import { describeFault, Floors } from './floor_rules.mjs'

const floors = new Floors([
  ['base'],
  ['link', 'http', 'net', 'project'],
  ['routing', 'cache', 'observe', 'control', 'workers'],
  ['gateway'],
  ['dev'],
  ['serving'],
  ['cli'],
])
/** Top folders of the repository that src/ may include from: generated constants. */
const outside = new Set(['protocol'])

const faults = []
for (const path of files(/^src\/.*\.(hpp|cpp)$/)) {
  const folder = path.split('/')[1]
  if (!floors.has(folder)) {
    faults.push(`${path}: src/${folder} has no floor in scripts/checks/floors.mjs`)
    continue
  }
  readFileSync(path, 'utf8')
    .split('\n')
    .forEach((line, index) => {
      const header = /^\s*#\s*include\s+"([^"]+)"/.exec(line)?.[1]
      if (!header) return
      const at = `${path}:${index + 1}`
      const used = header.split('/')[0]
      if (!header.includes('/') || header.startsWith('.')) {
        faults.push(`${at}: write "${folder}/${header}": includes start at src/`)
      } else if (outside.has(used) || used === folder) {
        return
      } else if (!floors.has(used)) {
        faults.push(`${at}: "${header}" is in no folder of src/; system headers take <>`)
      } else {
        const fault = floors.faultOf(folder, used)
        const allowed = fault === 'sibling' && path.endsWith('_test.cpp')
        if (fault !== null && !allowed) faults.push(`${at}: ${describeFault(fault, folder, used)}`)
      }
    })
}
report(faults)
