/** Formats and logs errors of any kind, whose own code may throw. */
import { reportOf } from './report/error_report.ts'
import { reportText } from './report/report_text.ts'

/** The error that is being logged, with its description. */
let logged: { readonly error: unknown; readonly text: string } | undefined

/**
 * Logs an error's description, after `prefix` and before the line `where` if they are given. Never
 * throws, even if reading the error throws or the project has replaced the console's methods, which
 * then get the error itself.
 */
export function logError(error: unknown, prefix?: string, where?: string): void {
  const described = describeError(error)
  const text = where === undefined ? described : `${described}\n  ${where}`
  try {
    logged = { error, text }
    if (prefix === undefined) console.error(error)
    else console.error(prefix, error)
  } catch {
    // The server logs what a worker writes to stderr.
    process.stderr.write(`${prefix ?? 'an error'} (could not be logged): ${safeText(error)}\n`)
  } finally {
    logged = undefined
  }
}

/**
 * Returns what the console prints for a value that {@link logError} has passed to it; undefined for
 * any other value.
 */
export function loggedText(value: unknown): string | undefined {
  return logged !== undefined && logged.error === value ? logged.text : undefined
}

/** Returns an error's description (see report/error_report.ts) as text. Never throws. */
export function describeError(error: unknown): string {
  try {
    const root = process.cwd()
    return reportText(reportOf(error, root), root)
  } catch {
    return safeText(error)
  }
}

/** Whether an error is the compiler's message for a file that a route needs. Never throws. */
export function isCompileError(error: unknown): boolean {
  try {
    return error instanceof Error && error.name === 'CompileError' && error.stack === error.message
  } catch {
    return false
  }
}

/** Returns an error's message, or any other thrown value as text. Never throws. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.message) : String(error)
  } catch {
    return safeText(error)
  }
}

/** Returns an error's stack, or any other thrown value as text. Never throws. */
export function safeText(error: unknown): string {
  try {
    return error instanceof Error
      ? String(error.stack ?? `${error.name}: ${error.message}`)
      : String(error)
  } catch {
    return `a thrown ${typeof error} without text`
  }
}
