/** Writes the manual page millrace(1) from the table of commands. */
import type { CommandTable, Option } from './command_table.ts'

/** Returns the page in the language of man(7). */
export function manPage(table: CommandTable, version: string): string {
  const commands = table.commands.flatMap(({ name, meaning, positionals, options }) => {
    const words = positionals.map(({ term }) =>
      term === 'directory' ? '[\\fIDIR\\fR]' : `\\fI${escaped(term.toUpperCase())}\\fR`,
    )
    return [
      '.TP',
      `\\fBmillrace ${name}\\fR ${words.join(' ')}`.trimEnd(),
      sentence(meaning),
      ...(options.length > 1 ? ['.RS', ...options.flatMap(optionLines), '.RE'] : []),
    ]
  })
  return `${[
    `.TH MILLRACE 1 "" "millrace ${version}" "User Commands"`,
    '.SH NAME',
    'millrace \\- server for the API routes of Next.js projects',
    '.SH SYNOPSIS',
    '.B millrace',
    '\\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIDIR\\fR]',
    '.SH DESCRIPTION',
    sentence(table.about),
    '\\fIDIR\\fR is the folder of the project; by default, the current one.',
    '.SH COMMANDS',
    ...commands,
    '.SH OPTIONS',
    ...table.options.flatMap(optionLines),
    '.SH ENVIRONMENT',
    '.TP\n\\fBPORT\\fR',
    'The port to listen on, unless \\fB\\-\\-port\\fR is given.',
    '.TP\n\\fBMILLRACE_NODE\\fR',
    'The Node.js that runs the routes, unless \\fB\\-\\-node\\fR is given.',
    '.SH FILES',
    '.TP\n\\fI.millrace/\\fR',
    'The builds of a project.',
    '.TP\n\\fImillrace.toml\\fR',
    'The settings of a project; \\fBmillrace help config\\fR lists the keys.',
    '.TP\n\\fI/etc/millrace/NAME.env\\fR',
    'The environment of the service \\fBmillrace@NAME\\fR, which serves \\fI/srv/NAME\\fR.',
    '.SH EXIT STATUS',
    '0 on success, 1 on an error.',
  ].join('\n')}\n`
}

function optionLines({ names, value, meaning }: Option): string[] {
  const head = names.map((name) => `\\fB${escaped(name)}\\fR`).join(', ')
  return ['.TP', value === '' ? head : `${head} \\fI${escaped(value)}\\fR`, sentence(meaning)]
}

const sentence = (text: string): string => `${escaped(text).replace(/\.$/, '')}.`

/** A line that starts with a dot or an apostrophe is a request of the formatter. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1')
}
