/**
 * Writes the manual page and the completions into an installation that is being packed.
 *
 *   node packaging/documents/write.ts --program MILLRACE --out DIR --version VERSION
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { readCommandTable } from './command_table.ts'
import { bashCompletion, fishCompletion, zshCompletion } from './completions.ts'
import { manPage } from './man_page.ts'

const { values } = parseArgs({
  options: {
    program: { type: 'string' },
    out: { type: 'string' },
    version: { type: 'string' },
  },
})
if (!values.program || !values.out || !values.version) {
  console.error('usage: write.ts --program MILLRACE --out DIR --version VERSION')
  process.exit(2)
}
const table = readCommandTable(values.program)
const contents = {
  'share/man/man1/millrace.1': manPage(table, values.version),
  'share/bash-completion/completions/millrace': bashCompletion(table),
  'share/zsh/vendor-completions/_millrace': zshCompletion(table),
  'share/fish/vendor_completions.d/millrace.fish': fishCompletion(table),
}
for (const [path, text] of Object.entries(contents)) {
  const file = join(values.out, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
