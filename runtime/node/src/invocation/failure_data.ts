/**
 * Collects what the page for browsers and the JSON of a failed request in development contain.
 */
import { type ErrorReport, reportOf } from '../base/report/error_report.ts'
import { eachField } from '../base/fields.ts'
import type { Invocation } from './invocation.ts'

/** The description of a failed request. runtime/error_page.html reads it. */
export interface FailureData {
  readonly status: number
  /** The generation that has failed: the page reloads when another is served. */
  readonly generation: number
  readonly error: ErrorReport
  /** Absolute path of the project, which the page leaves out of file names. */
  readonly root: string
  readonly route: { readonly path: string; readonly file: string }
  readonly request: {
    readonly method: string
    readonly url: string
    /** Names and values, in the order received; values of credentials are masked. */
    readonly fields: readonly (readonly [string, string])[]
  }
}

const secret = /authorization|cookie|token|secret|password|api-?key|session/i

/** @throws what reading a hostile value throws. */
export function failureData(invocation: Invocation, error: unknown): FailureData {
  const { generation, route } = invocation.target
  const fields: [string, string][] = []
  eachField(invocation.rawFields, (name, value) => {
    fields.push([name, secret.test(name) ? `(${value.length} characters)` : value])
  })
  return {
    status: 500,
    generation: generation.number,
    error: reportOf(error, generation.root),
    root: generation.root,
    route: { path: route.path, file: route.file },
    request: { method: invocation.method, url: invocation.url, fields },
  }
}
