import type { Invocation } from './invocation.ts'

/**
 * Logs an error that left a route's code and answers 500 for it, as far as an answer is still
 * possible: in development with the stack, in production without a word of it.
 */
export function answerWithError(invocation: Invocation, error: unknown): void {
  if (invocation.onFailure === null) console.error(error)
  else invocation.onFailure(error)
  if (invocation.responded) {
    if (!invocation.ended) invocation.fail()
    return
  }
  const text = invocation.target.generation.development ? developmentText(error) : 'Internal Server Error'
  const fields =
    (invocation.target.generation.development
      ? 'Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n'
      : '') + `Content-Length: ${Buffer.byteLength(text)}\r\n`
  invocation.respond(500, '', fields, text, true)
}

function developmentText(error: unknown): string {
  const detail = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error)
  const cause = error instanceof Error && error.cause !== undefined ? `\n\nCaused by: ${developmentText(error.cause)}` : ''
  return `Internal Server Error\n\n${detail}${cause}\n`
}
