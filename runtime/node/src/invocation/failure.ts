import { logError, safeText } from '../base/errors.ts'
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
