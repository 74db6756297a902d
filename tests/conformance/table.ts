/**
 * Formats the result of a run: the outcome of each case, and the table by area.
 */
import { type Area, areas, type Case } from './cases.ts'

/** The outcome of one case. */
export interface Outcome {
  readonly fixture: string
  readonly area: Area
  readonly one: Case
  /** Differences without an explanation. */
  readonly found: readonly string[]
  /** A difference on purpose occurred. */
  readonly onPurpose: boolean
}

const columns = ['cases', 'requests', 'equal', 'differing on purpose', 'differing'] as const

/** Returns the table by area, as Markdown, with a line of totals. */
export function table(outcomes: readonly Outcome[]): string {
  const row = (name: string, rows: readonly Outcome[]) => {
    const differing = rows.filter(({ found }) => found.length > 0).length
    const onPurpose = rows.filter(({ found, onPurpose }) => found.length === 0 && onPurpose).length
    const requests = rows.reduce(
      (sum, { one }) => sum + one.steps.reduce((count, step) => count + step.methods.length, 0),
      0,
    )
    return [
      name,
      rows.length,
      requests,
      rows.length - differing - onPurpose,
      onPurpose,
      differing,
    ].map(String)
  }
  const present = areas.filter((area) => outcomes.some((outcome) => outcome.area === area))
  const lines = [
    ['area', ...columns],
    ...present.map((area) =>
      row(
        area,
        outcomes.filter((outcome) => outcome.area === area),
      ),
    ),
    row('all', outcomes),
  ]
  const widths = lines[0]!.map((_, column) =>
    Math.max(...lines.map((line) => line[column]!.length)),
  )
  const text = lines.map(
    (line) =>
      `| ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`,
  )
  text.splice(
    1,
    0,
    `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`,
  )
  return text.join('\n')
}
