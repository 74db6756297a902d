// No line of TypeScript is over 100 columns. Biome keeps code to it but breaks neither strings nor
// comments: strings may be longer, comments not.

import { readFileSync } from 'node:fs'
import { files, report } from './files.mjs'

const width = 100

const faults = []
for (const path of files(/\.(ts|mjs)$/)) {
  if (/generated\/|^examples\/|fixtures?\/|recordings\//.test(path)) continue
  for (const [index, line] of readFileSync(path, 'utf8').split('\n').entries()) {
    const columns = [...line].length
    if (columns > width && isComment(line))
      faults.push(`${path}:${index + 1}: a comment of ${columns} columns; at most ${width}`)
  }
}
report(faults)

/** Whether a line is of a comment that can be broken: no instruction to a tool, no long word. */
function isComment(line) {
  return /^\s*(?:\/\/|\/\*|\* )/.test(line) && !/biome-ignore/.test(line) && / \S+ \S+/.test(line)
}
