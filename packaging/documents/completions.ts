/** Writes the completions of shells from the table of commands. */
import type { Command, CommandTable, Option } from './command_table.ts'

/** Values that are paths, by their name in the help. */
const folders = new Set(['[FOLDER]', 'FOLDER'])
const files = new Set(['PATH', 'FILE'])

const takesFolder = ({ positionals }: Command): boolean =>
  positionals.some(({ term }) => term === 'directory')

/** An optional value, as of `--inspect`, follows a "=". */
const takesNextWord = ({ value }: Pick<Option, 'value'>): boolean =>
  value !== '' && !value.startsWith('[')

/** Returns a completion function for bash. */
export function bashCompletion(table: CommandTable): string {
  const words = (list: readonly string[]): string => `compgen -W '${list.join(' ')}' -- "$word"`
  const values = table.commands.flatMap(({ name, options }) =>
    options.filter(takesNextWord).map(({ names, value, choices }) => {
      const source =
        choices.length > 0
          ? words(choices)
          : files.has(value)
            ? 'compgen -f -- "$word"'
            : folders.has(value)
              ? 'compgen -d -- "$word"'
              : ':'
      const patterns = names.map((option) => `${name}:${option}`).join('|')
      return `    ${patterns}) mapfile -t COMPREPLY < <(${source}); return ;;`
    }),
  )
  const commands = table.commands.map((command) => {
    const list = words(namesOf(command.options))
    const source = takesFolder(command) ? `${list}; compgen -d -- "$word"` : list
    return `    ${command.name}) mapfile -t COMPREPLY < <(${source}) ;;`
  })
  const first = words([...table.commands.map(({ name }) => name), ...namesOf(table.options)])
  return `# Completions of bash for millrace, generated from millrace --help.
_millrace() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(${first})
    return
  fi
  case $command:$previous in
${values.join('\n')}
    help:help) mapfile -t COMPREPLY < <(${words([...table.commands.map(({ name }) => name), 'config'])}); return ;;
  esac
  case $command in
${commands.join('\n')}
  esac
}
complete -o filenames -F _millrace millrace
`
}

/** Returns a completion function for zsh, to be named `_millrace`. */
export function zshCompletion(table: CommandTable): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
  const escaped = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&')
  const specs = (option: Option): string[] => {
    const { names, value, meaning } = option
    const optional = value.startsWith('[')
    const argument =
      value === '' ? '' : `${optional ? '::' : ':'}${escaped(value)}:${action(option)}`
    const others = names.length > 1 ? `(${names.join(' ')})` : ''
    return names.map((name) => {
      const suffix = value === '' ? '' : optional ? '=-' : name.startsWith('--') ? '=' : '+'
      return quoted(`${others}${name}${suffix}[${escaped(meaning)}]${argument}`)
    })
  }
  const commands = table.commands.map((command) => {
    if (command.name === 'help') return `    help) _describe command commands ;;`
    const place = takesFolder(command) ? [quoted('::folder of the project:_files -/')] : []
    const all = [...command.options.flatMap(specs), ...place]
    return `    ${command.name}) _arguments -s ${all.join(' ')} ;;`
  })
  const listed = table.commands.map(({ name, meaning }) => `    ${quoted(`${name}:${meaning}`)}`)
  return `#compdef millrace
# Completions of zsh for millrace, generated from millrace --help.
_millrace() {
  local -a commands=(
${listed.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=\${words[2]}
  shift words
  (( CURRENT-- ))
  case $command in
${commands.join('\n')}
  esac
}
_millrace "$@"
`
}

function action({ value, choices }: Option): string {
  if (choices.length > 0) return `(${choices.join(' ')})`
  if (files.has(value)) return '_files'
  return folders.has(value) ? '_files -/' : ' '
}

/** Returns commands for fish. */
export function fishCompletion(table: CommandTable): string {
  const quoted = (text: string): string =>
    `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const options = (condition: string, list: readonly Option[]): string[] =>
    list.map(({ names, value, choices, meaning }) => {
      const flags = names.map((name) =>
        name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
      )
      const argument =
        choices.length > 0
          ? ` -x -a ${quoted(choices.join(' '))}`
          : files.has(value)
            ? ' -r -F'
            : takesNextWord({ value })
              ? ' -x'
              : ''
      return `complete -c millrace ${condition} ${flags.join(' ')}${argument} -d ${quoted(meaning)}`
    })
  const lines = table.commands.flatMap((command) => {
    const inside = `-n '__fish_seen_subcommand_from ${command.name}'`
    return [
      `complete -c millrace -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.meaning)}`,
      ...(takesFolder(command)
        ? [`complete -c millrace ${inside} -a '(__fish_complete_directories)'`]
        : []),
      ...options(inside, command.options),
    ]
  })
  return `# Completions of fish for millrace, generated from millrace --help.
complete -c millrace -f
${options('-n __fish_use_subcommand', table.options).join('\n')}
${lines.join('\n')}
`
}

const namesOf = (options: readonly Option[]): string[] => options.flatMap(({ names }) => names)
