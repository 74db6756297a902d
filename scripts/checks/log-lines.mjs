// Checks the table of log lines in docs/logging.md against the sources, in both directions: each
// warning and error that the server or a worker's runtime logs is in the table, and each line of
// the table is still logged.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const document = 'docs/logging.md'
const sources = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', 'src', 'runtime/node/src'],
  { encoding: 'utf8' },
)
  .split('\n')
  .filter((file) => /\.(?:cpp|hpp|ts)$/.test(file) && !/_test\.cpp$|\/test_|\/testing\//.test(file))

/** A call that logs a warning or an error; the text of its message follows. */
const call =
  /\b(?:log_notice\(|(?:log|log_once|log_of_request)\(\s*(?:observe::|link::)?(?:Log)?Level::(?:warn|error)|\.log\(\s*LogLevel\.(?:warn|error))/g
/** Shorter literals are parts of a message that say little. */
const least = 12

/** Returns the text from `start`, which follows an opening parenthesis, to the closing one. */
function argumentsFrom(text, start) {
  let depth = 1
  let quote = ''
  let at = start
  for (; at < text.length && depth > 0; ++at) {
    const c = text[at]
    if (quote !== '') {
      if (c === '\\') ++at
      else if (c === quote) quote = ''
    } else if (c === '"' || c === '`') quote = c
    else if (c === '(') ++depth
    else if (c === ')') --depth
  }
  return text.slice(start, at)
}

/** Returns the literals of an expression; adjacent ones are one. */
function literals(expression) {
  const joined = expression.replace(/"\s*\n\s*"/g, '')
  const found = [
    ...joined.matchAll(/"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`|'((?:[^'\\\n]|\\.)*)'/g),
  ]
  return found.flatMap(([, double, template, single]) =>
    (double ?? template ?? single ?? '').split(/\$\{(?:[^{}]|\{[^{}]*\})*\}|\{(?::[^{}]*)?\}|\\n/),
  )
}

const words = (text) => text.replace(/\\(.)/g, '$1').trim()

const table = /<!-- log lines -->([\s\S]*)<!-- \/log lines -->/.exec(
  readFileSync(document, 'utf8'),
)?.[1]
if (table === undefined) throw new Error(`${document}: expected <!-- log lines -->, found none`)
const rows = table
  .split('\n')
  .map((line) => /^\| `` ?(.*?) ?`` \|/.exec(line)?.[1])
  .filter((row) => row !== undefined)

const problems = []
const all = []
for (const file of sources) {
  const text = readFileSync(file, 'utf8')
  all.push(text.replace(/"\s*\n\s*"/g, ''))
  for (const match of text.matchAll(call)) {
    const open = text.indexOf('(', match.index) + 1
    const parts = literals(argumentsFrom(text, open)).map(words)
    const longest = parts.sort((a, b) => b.length - a.length)[0] ?? ''
    if (longest.length < least || rows.some((row) => row.includes(longest))) continue
    const line = text.slice(0, match.index).split('\n').length
    problems.push(`${file}:${line}: ${document} has no row for the log line "${longest}"`)
  }
}
const logged = all.join('\n').replace(/\\(["'`])/g, '$1')
for (const row of rows) {
  for (const part of row.split('…').map((piece) => piece.trim())) {
    if (part.length < least || logged.includes(part)) continue
    problems.push(`${document}: no source contains "${part}" of the log line \`${row}\``)
  }
}
for (const problem of problems) console.error(problem)
process.exit(problems.length > 0 ? 1 : 0)
