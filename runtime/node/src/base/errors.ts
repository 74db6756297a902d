/** Formats and logs errors of any kind, whose own code may throw. */

/**
 * Logs an error, after `prefix` if it is given. Never throws, even if reading the error throws or
 * the project has replaced the console's methods.
 */
export function logError(error: unknown, prefix?: string): void {
  try {
    if (prefix === undefined) console.error(error)
    else console.error(prefix, error)
  } catch {
    // The server logs what a worker writes to stderr.
    process.stderr.write(`${prefix ?? 'an error'} (could not be logged): ${safeText(error)}\n`)
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
