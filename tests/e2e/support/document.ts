/**
 * Reads the documents for newcomers as scripts: what a reader types, the files that they write, and
 * what they see. docs/development.md describes the notation.
 */

import { transcript } from './transcript.ts'

/** What a block of a document asks of a reader. */
export type Block =
  | { readonly kind: 'commands'; readonly line: number; readonly text: string }
  /** What the running server has printed since the last such block. */
  | { readonly kind: 'printed'; readonly line: number; readonly text: string }
  | {
      readonly kind: 'file'
      readonly line: number
      readonly path: string
      readonly text: string
    }
  /** A block with `<!-- not run: REASON -->` before it. */
  | { readonly kind: 'not run'; readonly line: number; readonly reason: string }

/** A line that a reader types, or `^C`, with the output that the document shows. */
export interface Typing {
  readonly command: string
  readonly output: string
}

const fence = /^(?:<!-- not run: (.+) -->\n)?^```(\S*)\n([\s\S]*?)^```$/gm
const path = /^(?:\/\/|#|;) ?(\S*[\w\]]\.\w+|\S*\.env\S*)\n/

/**
 * Returns the fenced blocks of a document.
 * @throws {Error} for a block that is neither commands nor a file nor marked, with its line.
 */
export function readBlocks(markdown: string): Block[] {
  return [...markdown.matchAll(fence)].map((match) => {
    const [, reason, language = '', text = ''] = match
    const line = markdown.slice(0, match.index).split('\n').length
    if (reason !== undefined) return { kind: 'not run', line, reason }
    if (language === 'console') {
      return /^(?:\$ |\^C\n)/.test(text)
        ? { kind: 'commands', line, text }
        : { kind: 'printed', line, text }
    }
    const named = path.exec(text)?.[1]
    if (named === undefined) {
      throw new Error(
        `line ${line}: expected commands (\`\`\`console), a file (its path in a comment in the first line) or <!-- not run: REASON --> before the block, found \`\`\`${language}`,
      )
    }
    return { kind: 'file', line, path: named, text }
  })
}

/** Returns what a block of commands types; `^C` interrupts the running server. */
export function typings(block: string): Typing[] {
  return transcript(`\`\`\`console\n${block.replace(/^\^C$/gm, '$ ^C')}\`\`\`\n`)
}

const time = String.raw`\d[\d.,]* ?(?:ms|us|µs|min|s|h)\b`
const size = String.raw`\d[\d.,]* ?(?:GB|MB|KB|kB|B)\b`
const share = String.raw`\d[\d.]* ?%`
const date = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?`
const clock = String.raw`\d\d:\d\d:\d\d(?:\.\d+)?`
const build = String.raw`\b(?:\d+-)?[0-9a-f]{16}\b`
const version = String.raw`\b\d+\.\d+\.\d+\b(?![.:])`
const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

/** Values that differ from run to run, of which a document shows an example, and what matches. */
const examples: readonly (readonly [find: string, match: string])[] = [
  ...[uuid, version, date, clock, build, time, size, share].map((value) => [value, value] as const),
  // Processes: in words, and in the first column of a table.
  [String.raw`(?<=\b(?:server|worker|pid|process) )\d+\b`, String.raw`\d+`],
  [String.raw`(?<=^ *)\d{3,7}(?= {2})`, String.raw`\d+`],
  // Columns are as wide as their contents.
  [' {2,}', ' {2,}'],
  ['…', '.*'],
]

const example = new RegExp(examples.map(([find]) => `(${find})`).join('|'), 'g')

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Returns the pattern of a line of output: see the table in docs/development.md. */
function linePattern(line: string): string {
  let pattern = ''
  let from = 0
  for (const match of line.matchAll(example)) {
    const which = match.slice(1).findIndex((group) => group !== undefined)
    pattern += literal(line.slice(from, match.index)) + examples[which]![1]
    from = match.index + match[0].length
  }
  return pattern + literal(line.slice(from))
}

/**
 * Returns the pattern of shown output, which ends with a newline. A line `…` stands for any number
 * of lines, `…` within a line for any text.
 */
export function outputPattern(shown: string, end: 'whole' | 'more may follow'): RegExp {
  const lines = shown.trimEnd().split('\n')
  const pattern = lines.map((line) =>
    line.trim() === '…' ? '(?:.*\\n)*?' : `${linePattern(line.trimEnd())} *\\n`,
  )
  return new RegExp(`^${pattern.join('')}${end === 'whole' ? '$' : ''}`)
}
