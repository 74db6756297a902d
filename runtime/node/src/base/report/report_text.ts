/**
 * Writes the description of an error as text, for the log and for clients that are no browser.
 */
import type { ErrorReport } from './error_report.ts'
import type { StackFrame } from './stack.ts'

/** Returns the description, several lines without a line break at the end. */
export function reportText(report: ErrorReport, root: string): string {
  const lines = [
    report.unread === '' ? titleOf(report) : report.unread,
    ...report.frames.map((frame) => lineOf(frame, root)),
  ]
  if (report.code !== '') lines.push(report.code)
  if (report.properties !== '') lines.push(report.properties)
  for (const cause of report.causes) lines.push(indented(`Caused by: ${reportText(cause, root)}`))
  if (report.hint !== '') lines.push(`  hint: ${report.hint}`)
  if (report.missing.length > 0)
    lines.push(`  not set in the environment: ${report.missing.join(', ')}`)
  return lines.join('\n')
}

/** Returns `TypeError: x is not a function`. */
export function titleOf({ kind, name, message }: ErrorReport): string {
  if (kind === 'compile' || name === '') return message
  return message === '' ? name : `${name}: ${message}`
}

/** Returns a path as messages name it: relative to the project if it is inside. */
function shownPath(file: string, root: string): string {
  return file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file
}

function lineOf({ call, file, line, column }: StackFrame, root: string): string {
  const place = `${shownPath(file, root)}:${line}:${column}`
  return `    at ${call === '' ? place : `${call} (${place})`}`
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ')
}
