// Generates the commands and options of docs/command-line.md from `millrace --help`. Runs the
// release build, or the executable that MILLRACE names. `--check` writes nothing and fails if the
// document is out of date.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { writeGenerated } from './generated.mjs'

const millrace =
  process.env['MILLRACE'] ?? fileURLToPath(new URL('../build/release/millrace', import.meta.url))
const help = (...words) => execFileSync(millrace, [...words, '--help'], { encoding: 'utf8' })

/**
 * Returns the parts of a help text: its first line, and the entries of each list, by the list's
 * title in lower case. A long term is alone in its line, with the meaning in the next one.
 * @throws {Error} for a line that is none of these.
 */
function readHelp(text) {
  const [about, , ...lines] = text.trimEnd().split('\n')
  const lists = {}
  let entries
  for (const line of lines) {
    const title = /^([A-Z][a-z]+):$/.exec(line)?.[1]
    const [, term, meaning] = /^ {2}(\S.*?)(?: {2,}(\S.*))?$/.exec(line) ?? []
    const [, rest] = /^ {10,}(\S.*)$/.exec(line) ?? []
    if (title !== undefined) entries = lists[title.toLowerCase()] = []
    else if (rest !== undefined && entries?.length > 0) {
      const last = entries.at(-1)
      last.meaning = last.meaning === '' ? rest : `${last.meaning} ${rest}`
    } else if (term !== undefined && entries !== undefined) {
      entries.push({ term, meaning: meaning ?? '' })
    } else if (line !== '') throw new Error(`cannot read this line of the help: ${line}`)
  }
  return { about, ...lists }
}

/** Splits `--workers N:INT in [1 - 1024]` into the option and what is said of its value. */
function optionRow({ term, meaning }) {
  const [, names, rest = ''] = /^(-\S+)(?: (.*))?$/.exec(term) ?? [undefined, term]
  const [, value = '', type = ''] = /^(\[\[.*\]|[^:]*)(?::(.*))?$/.exec(rest) ?? []
  const option = [names.replaceAll(',', ', '), value.replace(/ \.\.\.$/, ' …')].filter(Boolean)
  return `| \`${option.join(' ')}\` | ${sentence(meaning)}${valuesOf(type, meaning)} |`
}

/** Returns the values that an option takes, unless its meaning names them. */
function valuesOf(type, meaning) {
  const [, least, most] = /in \[(\d+) - (\d+)\]$/.exec(type) ?? []
  if (least !== undefined) return ` From ${least} to ${most}.`
  const words = /^\{(.*)\}$/.exec(type)?.[1].split(',') ?? []
  return words.every((word) => meaning.includes(word)) ? '' : ` One of ${words.join(', ')}.`
}

const sentence = (text) => `${text.replaceAll('|', '\\|').replace(/\.$/, '')}.`

function commandSection(name) {
  const { about, positionals = [], options = [] } = readHelp(help(name))
  const words = positionals.map(({ term }) => {
    const word = term
      .replace(/ REQUIRED$/, '')
      .toUpperCase()
      .replace('DIRECTORY', 'DIR')
    return term.endsWith(' REQUIRED') ? word : `[${word}]`
  })
  const rows = options.filter(({ term }) => term !== '-h,--help').map(optionRow)
  const usage = ['millrace', name, ...words, ...(rows.length > 0 ? ['[OPTIONS]'] : [])]
  return [
    `### \`${usage.join(' ')}\``,
    '',
    sentence(about),
    ...(rows.length > 0 ? ['', '| Option | Meaning |', '| --- | --- |', ...rows] : []),
  ].join('\n')
}

/** `millrace help --help` is the help of `millrace`. */
const helpSection = (meaning) =>
  `### \`millrace help [COMMAND]\`, \`millrace help config [KEY]\`\n\n${sentence(meaning)}`

const { subcommands } = readHelp(help())
const sections = subcommands.map(({ term, meaning }) =>
  term === 'help' ? helpSection(meaning) : commandSection(term),
)
writeGenerated('millrace --help', 'node scripts/command-line.mjs', {
  'docs/command-line.md': { 'all commands': sections.join('\n\n') },
})
