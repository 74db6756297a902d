import { logError, safeText } from '../base/errors.ts'
import type { Invocation } from './invocation.ts'

/**
 * Logs an error that a route's code has thrown and responds with 500 if no response has begun: in
 * development with the stack, in production without details. Never throws, because nothing handles
 * an error after it.
 */
export function respondWithError(invocation: Invocation, error: unknown): void {
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

/** How many causes of an error are shown: a chain of causes can be circular. */
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
