/**
 * Reads the commands and options of `millrace` from its `--help`, for completions, the manual and
 * docs/command-line.md.
 */
import { execFileSync } from 'node:child_process'

export interface Option {
  /** "-p", "--port". */
  readonly names: readonly string[]
  /** "PORT"; empty for a flag. */
  readonly value: string
  /** All values that are accepted; empty if they cannot be listed. */
  readonly choices: readonly string[]
  /** "1 to 1024"; empty for values that are no numbers, or any number. */
  readonly range: string
  readonly meaning: string
}

export interface Command {
  readonly name: string
  readonly meaning: string
  readonly positionals: readonly Entry[]
  readonly options: readonly Option[]
}

export interface CommandTable {
  readonly about: string
  /** Those of `millrace` without a command. */
  readonly options: readonly Option[]
  readonly commands: readonly Command[]
}

/** A line of a list in a help text. */
export interface Entry {
  readonly term: string
  readonly meaning: string
}

/** Runs the executable once for each command. */
export function readCommandTable(program: string): CommandTable {
  const help = (...words: string[]): HelpText =>
    readHelp(execFileSync(program, [...words, '--help'], { encoding: 'utf8' }))
  const { about, lists } = help()
  const commands = (lists['subcommands'] ?? []).map(({ term, meaning }): Command => {
    const { lists } = help(term)
    const own = term === 'help' ? {} : lists
    return {
      name: term,
      meaning,
      positionals: (own['positionals'] ?? []).map(({ term, meaning }) => ({
        term: term.replace(/ REQUIRED$/, ''),
        meaning,
      })),
      options: (own['options'] ?? []).map(optionOf),
    }
  })
  return { about, options: (lists['options'] ?? []).map(optionOf), commands }
}

interface HelpText {
  readonly about: string
  /** The entries of each list, by its title in lower case. */
  readonly lists: Readonly<Record<string, Entry[]>>
}

/** @throws Error for a line that cannot be read: completions would silently lack it. */
export function readHelp(text: string): HelpText {
  const [about = '', , ...rest] = text.trimEnd().split('\n')
  const lists: Record<string, Entry[]> = {}
  let entries: Entry[] = []
  for (const line of rest) {
    const title = /^([A-Z][a-z]+):$/.exec(line)?.[1]
    const entry = /^ {2}(\S.*?)(?: {2,}(\S.*))?$/.exec(line)
    const more = /^ {10,}(\S.*)$/.exec(line)?.[1]
    const last = entries.at(-1)
    if (title !== undefined) {
      entries = lists[title.toLowerCase()] = []
    } else if (more !== undefined && last !== undefined) {
      entries[entries.length - 1] = { ...last, meaning: `${last.meaning} ${more}`.trim() }
    } else if (entry !== null && more === undefined) {
      entries.push({ term: entry[1]!, meaning: entry[2] ?? '' })
    } else if (line !== '') {
      throw new Error(`cannot read this line of the help: ${line}`)
    }
  }
  return { about, lists }
}

/** Splits "--engine ENGINE:{auto,light}" and "--workers N:INT in [1 - 1024]". */
function optionOf({ term, meaning }: Entry): Option {
  const [, names = term, rest = ''] = /^(-\S+)(?: (.*))?$/.exec(term) ?? []
  const [, value = '', type = ''] = /^(\[\[.*\]|[^:]*)(?::(.*))?$/.exec(rest) ?? []
  return {
    names: names.split(','),
    value: value.replace(/ \.\.\.$/, ''),
    choices: /^\{(.*)\}$/.exec(type)?.[1]?.split(',') ?? [],
    range: /in \[(\d+ - \d+)\]$/.exec(type)?.[1]?.replace('-', 'to') ?? '',
    meaning,
  }
}
