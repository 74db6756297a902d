import type { Invocation } from './invocation.ts'

/**
 * Logs an error that left a route's code and answers 500 for it, as far as an answer is still
 * possible: in development with the stack, in production without a word of it. Never throws: it is
 * the last that can be done for a request.
 */
export function answerWithError(invocation: Invocation, error: unknown): void {
  if (invocation.onFailure === null) logError(error)
  else invocation.onFailure(error)
  if (invocation.responded) {
    if (!invocation.ended) invocation.fail()
    return
  }
  const { development } = invocation.target.generation
  const text = development ? developmentText(error) : 'Internal Server Error'
  const fields =
    (development
      ? 'Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n'
      : '') + `Content-Length: ${Buffer.byteLength(text)}\r\n`
  invocation.respond(500, '', fields, text, true)
}

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

/** How many causes of an error are shown: they may go round in a circle. */
const causesShown = 8

function developmentText(error: unknown): string {
  let text = 'Internal Server Error\n\n'
  let next = error
  for (let shown = 0; shown < causesShown; ++shown) {
    text += safeText(next)
    const cause = causeOf(next)
    if (cause === undefined) break
    text += '\n\nCaused by: '
    next = cause
  }
  return `${text}\n`
}

function causeOf(error: unknown): unknown {
  try {
    return error instanceof Error ? error.cause : undefined
  } catch {
    return undefined
  }
}

/** What an error says of itself, with its stack; its own code may throw when it is asked. */
function safeText(error: unknown): string {
  try {
    return error instanceof Error
      ? String(error.stack ?? `${error.name}: ${error.message}`)
      : String(error)
  } catch {
    return `a thrown ${typeof error} that has no text`
  }
}
