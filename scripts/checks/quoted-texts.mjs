// Checks that the error texts of docs/troubleshooting.md exist in the sources: one file contains
// each **`text`**, with any text in place of `…`. A comment marks texts of other programs.

import { readFileSync } from 'node:fs'
import { files, report } from './files.mjs'

const document = 'docs/troubleshooting.md'

/** Joins the parts of a text that a source divides into several literals. */
const joined = (text) =>
  text
    .replace(/\\(["'`])/g, '$1')
    .replace(/["'`]\s*(?:\+\s*)?["'`]/g, '')
    .replace(/R"\(|\)"/g, '')

// Unit tests and e2e tests contain texts as users see them, of which the sources have only parts.
const sources = files(
  /^(?:src|builder|runtime|verify|sdk|tests\/(?:e2e|faults))\/.*\.(?:cpp|hpp|json|ts)$/,
).map((path) => joined(readFileSync(path, 'utf8')))

const faults = []
const lines = readFileSync(document, 'utf8').split('\n')
let texts = 0
for (const [index, line] of lines.entries()) {
  for (const [, text, mark] of line.matchAll(/\*\*`([^`]+)`\*\*( <!-- .+ own -->)?/g)) {
    texts++
    if (mark !== undefined) continue
    const parts = text
      .split('…')
      .map((part) => part.trim())
      .filter((part) => part !== '')
    if (!sources.some((source) => parts.every((part) => source.includes(part))))
      faults.push(`${document}:${index + 1}: no source contains \`${text}\``)
  }
}
if (texts < 20) faults.push(`${document}: expected error texts as **\`text\`**, found ${texts}`)
report(faults)
