/**
 * Shows the lines of source around a place, as compilers do.
 */
import { fs } from '../builtins.ts'

/** Files that are longer are not shown: they are generated. */
const maximumSize = 2 * 1024 * 1024
/** Longer lines are cut. */
const longestLine = 160
/** Lines shown before and after the line of the place. */
const around = 2

/** Returns a file's text, or null if it cannot be read or is too long. */
export function readSource(file: string): string | null {
  try {
    const { size } = fs.statSync(file)
    return size > maximumSize ? null : fs.readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

/**
 * Returns the lines around a place with their numbers; `>` marks its line, `^` its column. Empty if
 * the source has no such line.
 * @param line counted from 1.
 * @param column counted from 1.
 */
export function codeFrame(source: string, line: number, column: number): string {
  const lines = source.split(/\r?\n/)
  const marked = lines[line - 1]
  if (marked === undefined) return ''
  const first = Math.max(1, line - around)
  const last = Math.min(lines.length, line + around)
  const width = String(last).length
  const shown: string[] = []
  for (let number = first; number <= last; number++) {
    const text = lines[number - 1]!
    const label = `${number === line ? '>' : ' '} ${String(number).padStart(width)} |`
    shown.push(`${label} ${cut(text)}`.trimEnd())
    if (number !== line || column > longestLine) continue
    // A tab before the column stays a tab, so that the mark is below its character.
    const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ')
    shown.push(`  ${' '.repeat(width)} | ${indent}^`)
  }
  return shown.join('\n')
}

function cut(text: string): string {
  return text.length > longestLine ? `${text.slice(0, longestLine)}…` : text
}
