/** How errors of any kind are shown and logged, though their own code may throw. */

/**
 * Logs an error, with words of ours before it where there are any. Never throws, whatever the
 * error's own code does when it is looked at, and though the project has put something of its own
 * in the console's place.
 */
export function logError(error: unknown, words?: string): void {
  try {
    if (words === undefined) console.error(error)
    else console.error(words, error)
  } catch {
    // The server logs what a worker writes here.
    process.stderr.write(`${words ?? 'an error'} that could not be logged: ${safeText(error)}\n`)
  }
}

/** What an error says; of what else was thrown, its text. Never throws. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.message) : String(error)
  } catch {
    return safeText(error)
  }
}

/** What an error says of itself, with its stack; its own code may throw when it is asked. */
export function safeText(error: unknown): string {
  try {
    return error instanceof Error
      ? String(error.stack ?? `${error.name}: ${error.message}`)
      : String(error)
  } catch {
    return `a thrown ${typeof error} that has no text`
  }
}
