/**
 * Formats the result of a comparison: a table for people, JSON for programs.
 */
import type { VerifyRequest } from './request_file.ts'
import type { Difference, Verdict } from './verdict.ts'

/** A request and its verdict. */
export interface Judged {
  readonly request: VerifyRequest
  readonly verdict: Verdict
}

/** The two sides of the comparison. */
export interface Sides {
  readonly reference: string
  readonly millrace: string
}

const decoded = (text: string) => Buffer.from(text, 'latin1').toString()
const short = (text: string | null) => {
  if (text === null) return 'none'
  const line = decoded(text).replace(/\s+/g, ' ')
  return line.length > 70 ? `${line.slice(0, 69)}…` : line
}

function shown({ place, reference, millrace, varies }: Difference, sides: Sides): string {
  if (varies)
    return `${decoded(place)}: varies under ${sides[varies]} only, last ${short(varies === 'reference' ? reference : millrace)}, the other ${short(varies === 'reference' ? millrace : reference)}`
  return `${decoded(place)}: ${sides.reference} ${short(reference)}, ${sides.millrace} ${short(millrace)}`
}

function remark({ differences, volatile, result }: Verdict, sides: Sides): string {
  const first = differences.find(({ allowed }) => result === 'allowed' || allowed === undefined)
  const more = differences.length > 1 ? ` (and ${differences.length - 1} more)` : ''
  const allowed =
    result === 'allowed'
      ? `${[...new Set(differences.map(({ allowed }) => allowed))].join('; ')}: `
      : ''
  const parts = first ? [`${allowed}${shown(first, sides)}${more}`] : []
  if (volatile.length > 0)
    parts.push(
      `volatile: ${volatile.slice(0, 3).map(decoded).join(', ')}${volatile.length > 3 ? ', …' : ''}`,
    )
  return parts.join('; ')
}

/** Returns the table, with a line for each request and the totals below. */
export function table(judged: readonly Judged[], sides: Sides): string {
  const rows = judged.map(
    ({ request, verdict }) =>
      [
        verdict.result,
        request.step.method,
        decoded(request.step.path),
        [request.title, remark(verdict, sides)].filter((part) => part !== '').join(': '),
      ] as const,
  )
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length), 0))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column < 3 ? cell.padEnd(widths[column]!) : cell))
      .join('  ')
      .trimEnd(),
  )
  const count = (result: Verdict['result']) =>
    judged.filter(({ verdict }) => verdict.result === result).length
  const volatile = judged.filter(({ verdict }) => verdict.volatile.length > 0).length
  return `${lines.join('\n')}\n\n${judged.length} requests: ${count('equal')} equal, ${count('differs')} differ, ${count('allowed')} differ as allowed; ${volatile} with volatile places`
}

/** Returns the same, with all differences, as JSON. */
export function json(judged: readonly Judged[], sides: Sides, notes: readonly string[]): string {
  const text = (value: string | null) => (value === null ? null : decoded(value))
  const requests = judged.map(({ request: { title, step }, verdict }) => ({
    method: step.method,
    path: decoded(step.path),
    ...(title === '' ? {} : { title }),
    result: verdict.result,
    differences: verdict.differences.map((one) => ({
      ...one,
      place: decoded(one.place),
      reference: text(one.reference),
      millrace: text(one.millrace),
    })),
    volatile: verdict.volatile.map(decoded),
  }))
  return JSON.stringify({ ...sides, requests, notes }, null, 2)
}
