// Checks that no line of TypeScript is wider than 100 columns. Biome breaks code but neither
// strings nor comments: strings may be longer, comments may not.

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

/**
 * Whether a line belongs to a comment that can be broken: not a directive for a tool, and without a
 * long word.
 */
function isComment(line) {
  return /^\s*(?:\/\/|\/\*|\* )/.test(line) && !/biome-ignore/.test(line) && / \S+ \S+/.test(line)
}
