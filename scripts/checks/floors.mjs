// Checks the floors of docs/architecture.md in C++: a file of src/ or sdk/src/ includes only from
// its own folder and from floors below it, never from a sibling. Tests can include siblings, but
// nothing from a higher floor. The SDK includes nothing of src/, and its public headers nothing of
// sdk/src/.

import { readFileSync } from 'node:fs'
import { files, report } from './files.mjs'
import { describeFault, Floors } from './floor_rules.mjs'

/** A tree whose folders have floors; `outside`: top folders that all of them can include from. */
const trees = [
  {
    root: 'src/',
    floors: new Floors([
      ['base'],
      ['link', 'http', 'metrics', 'net', 'project', 'tracing'],
      ['http2', 'routing', 'cache', 'observe', 'control', 'admin', 'workers'],
      ['gateway'],
      ['dev'],
      ['serving'],
      ['cli'],
    ]),
    outside: new Set(['protocol']),
  },
  {
    root: 'sdk/src/',
    floors: new Floors([
      ['text', 'process'],
      ['http', 'url', 'json'],
      ['fetch', 'validation', 'session'],
    ]),
    outside: new Set(['millrace']),
  },
]

const faults = []

/** Calls `visit(header, at)` for each quoted include of a file. */
function eachInclude(path, visit) {
  readFileSync(path, 'utf8')
    .split('\n')
    .forEach((line, index) => {
      const header = /^\s*#\s*include\s+"([^"]+)"/.exec(line)?.[1]
      if (header) visit(header, `${path}:${index + 1}`)
    })
}

function checkFile(path, { root, floors, outside }) {
  const folder = path.slice(root.length).split('/')[0]
  if (!floors.has(folder)) {
    faults.push(`${path}: ${root}${folder} has no floor in scripts/checks/floors.mjs`)
    return
  }
  eachInclude(path, (header, at) => {
    const used = header.split('/')[0]
    if (!header.includes('/') || header.startsWith('.')) {
      faults.push(`${at}: write "${folder}/${header}": includes start at ${root}`)
    } else if (outside.has(used) || used === folder) {
      return
    } else if (!floors.has(used)) {
      faults.push(`${at}: "${header}" is in no folder of ${root}; system headers take <>`)
    } else {
      const fault = floors.faultOf(folder, used)
      const allowed = fault === 'sibling' && path.endsWith('_test.cpp')
      if (fault !== null && !allowed) faults.push(`${at}: ${describeFault(fault, folder, used)}`)
    }
  })
}

for (const tree of trees) {
  for (const path of files(new RegExp(`^${tree.root}.*\\.(hpp|cpp)$`))) checkFile(path, tree)
}
for (const path of files(/^sdk\/include\/.*\.hpp$/)) {
  eachInclude(path, (header, at) => {
    if (header.startsWith('millrace/')) return
    faults.push(`${at}: "${header}": a public header includes only "millrace/…" and <…>`)
  })
}
report(faults)
