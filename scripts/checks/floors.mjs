// Holds the floors of docs/architecture.md: a file of src/ includes only from its own folder and
// from floors below it, never from a sibling. Tests may use more, but no higher floor either.

import { readFileSync } from 'node:fs'
import { files, report } from './files.mjs'

const floors = [
  ['base'],
  ['link', 'http', 'net', 'project'],
  ['routing', 'cache', 'observe', 'control', 'workers'],
  ['gateway'],
  ['dev'],
  ['serving'],
  ['cli'],
]
/** Top folders of the repository that src/ may include from: generated constants. */
const outside = new Set(['protocol'])

const floorOf = new Map(floors.flatMap((names, floor) => names.map((name) => [name, floor])))
const faults = []
for (const path of files(/^src\/.*\.(hpp|cpp)$/)) {
  const folder = path.split('/')[1]
  const floor = floorOf.get(folder)
  if (floor === undefined) {
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
      } else if (!floorOf.has(used)) {
        faults.push(`${at}: "${header}" is in no folder of src/; system headers take <>`)
      } else if (floorOf.get(used) > floor) {
        faults.push(`${at}: ${folder} must not use ${used}, which stands above it`)
      } else if (floorOf.get(used) === floor && !path.endsWith('_test.cpp')) {
        faults.push(`${at}: ${folder} must not use ${used}, its sibling`)
      }
    })
}
report(faults)
