// Generates the commands and options of docs/command-line.md from `millrace --help`. Runs the
// release build, or the executable that MILLRACE names. `--check` writes nothing and fails if the
// document is out of date.
import { fileURLToPath } from 'node:url'
import { readCommandTable } from '../packaging/documents/command_table.ts'
import { writeGenerated } from './generated.mjs'

const millrace =
  process.env['MILLRACE'] ?? fileURLToPath(new URL('../build/release/millrace', import.meta.url))

const sentence = (text) => `${text.replaceAll('|', '\\|').replace(/\.$/, '')}.`

function optionRow({ names, value, choices, range, meaning }) {
  const option = [names.join(', '), value].filter(Boolean).join(' ')
  const words = choices.every((word) => meaning.includes(word)) ? [] : choices
  const values =
    range !== '' ? ` From ${range}.` : words.length > 0 ? ` One of ${words.join(', ')}.` : ''
  return `| \`${option}\` | ${sentence(meaning)}${values} |`
}

function commandSection({ name, meaning, positionals, options }) {
  const words = positionals.map(({ term }) => (term === 'directory' ? '[DIR]' : term.toUpperCase()))
  const rows = options.filter(({ names }) => !names.includes('--help')).map(optionRow)
  const usage = ['millrace', name, ...words, ...(rows.length > 0 ? ['[OPTIONS]'] : [])].join(' ')
  return [
    name === 'help'
      ? '### `millrace help [COMMAND]`, `millrace help config [KEY]`'
      : `### \`${usage}\``,
    '',
    sentence(meaning),
    ...(rows.length > 0 ? ['', '| Option | Meaning |', '| --- | --- |', ...rows] : []),
  ].join('\n')
}

writeGenerated('millrace --help', 'node scripts/command-line.mjs', {
  'docs/command-line.md': {
    'all commands': readCommandTable(millrace).commands.map(commandSection).join('\n\n'),
  },
})
