/**
 * Responds to and logs errors that a route's code has thrown. In development the response describes
 * the error: for browsers as a page, for clients that accept JSON as JSON, otherwise as text.
 */
import { describeError, isCompileError, logError, messageOf } from '../base/errors.ts'
import { describeRoute } from '../project/route_names.ts'
import { formFor, type ResponseForm } from './accepted_form.ts'
import { failureData } from './failure_data.ts'
import { failurePage, pagePolicy } from './failure_page.ts'
import type { Invocation } from './invocation.ts'

/**
 * Logs an error that a route's code has thrown and responds with 500 if no response has begun: in
 * development with the error's description, in production without details. Never throws, because
 * nothing handles an error after it.
 */
export function respondWithError(invocation: Invocation, error: unknown): void {
  if (invocation.onFailure === null) logRouteError(invocation, error)
  else invocation.onFailure(error)
  if (invocation.responded) {
    if (!invocation.ended) invocation.fail()
    return
  }
  const { development } = invocation.target.generation
  const form = development ? formFor(invocation.rawFields) : 'text'
  const text = development ? developmentBody(invocation, error, form) : 'Internal Server Error'
  const fields =
    (development ? developmentFields[form] : '') + `Content-Length: ${Buffer.byteLength(text)}\r\n`
  invocation.respond(500, '', fields, text, true)
}

/** Errors whose description is in the log. A module that fails to load fails for each request. */
const described = new WeakSet<object>()

/**
 * Logs an error of a route's code, with the request and the route; an error that was logged before
 * in one line. The compiler's errors are not logged: the build has printed them.
 */
export function logRouteError(invocation: Invocation, error: unknown): void {
  const { target } = invocation
  if (target.generation.development && isCompileError(error)) return
  const where = `in ${invocation.method} ${pathOf(invocation.url)}, route ${describeRoute(target)}`
  if (typeof error === 'object' && error !== null) {
    if (described.has(error)) {
      console.error(`${messageOf(error)} (described above) ${where}`)
      return
    }
    described.add(error)
  }
  logError(error, undefined, where)
}

/** The query can contain secrets, which do not belong in a log. */
function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}

const common = 'X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n'
const developmentFields: Readonly<Record<ResponseForm, string>> = {
  html: `Content-Type: text/html; charset=utf-8\r\n${pagePolicy}${common}`,
  json: `Content-Type: application/json; charset=utf-8\r\n${common}`,
  text: `Content-Type: text/plain; charset=utf-8\r\n${common}`,
}

/** Returns the body; as text where a value that throws when it is read permits nothing else. */
function developmentBody(invocation: Invocation, error: unknown, form: ResponseForm): string {
  const text = `Internal Server Error\n\n${describeError(error)}\n`
  if (form === 'text') return text
  try {
    const data = failureData(invocation, error)
    return form === 'json' ? `${JSON.stringify(data)}\n` : failurePage(data, text)
  } catch {
    return form === 'json'
      ? `${JSON.stringify({ status: 500, text })}\n`
      : failurePage({ status: 500, text }, text)
  }
}
