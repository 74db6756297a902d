import { z } from 'zod'

/** An error response, which any code below a handler can throw. */
export class HttpError extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Record<string, string>

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

export const notFound = (what: string) => new HttpError(404, 'not_found', `${what} does not exist.`)
export const unauthorized = () => new HttpError(401, 'unauthorized', 'Log in first.')
export const forbidden = () => new HttpError(403, 'forbidden', 'Your role does not allow this.')
export const conflict = (message: string) => new HttpError(409, 'conflict', message)
export const methodNotAllowed = (allowed: string[]) =>
  new HttpError(405, 'method_not_allowed', `Use ${allowed.join(', ')}.`, { Allow: allowed.join(', ') })

export interface ErrorBody {
  error: { code: string; message: string; fields?: Record<string, string[]> }
}

/** Returns the response for an error. Only unexpected errors are logged. */
export function describeError(error: unknown): { status: number; headers: Record<string, string>; body: ErrorBody } {
  if (error instanceof z.ZodError) {
    const { fieldErrors, formErrors } = z.flattenError(error)
    const fields = { ...(fieldErrors as Record<string, string[]>), ...(formErrors.length > 0 ? { _: formErrors } : {}) }
    return {
      status: 400,
      headers: {},
      body: { error: { code: 'invalid', message: 'Some fields are not valid.', fields } },
    }
  }
  if (error instanceof HttpError) {
    return { status: error.status, headers: error.headers, body: { error: { code: error.code, message: error.message } } }
  }
  console.error(error)
  return { status: 500, headers: {}, body: { error: { code: 'internal', message: 'Something went wrong on our side.' } } }
}
