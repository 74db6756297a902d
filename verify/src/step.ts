/** One request as it is described, before its variables are filled in. */

/**
 * Where the value of a variable comes from: the response's JSON (dotted path), a field, or its body
 * by a pattern's first group.
 */
export type Capture =
  | { readonly json: string }
  | { readonly header: string }
  | { readonly match: RegExp }

/**
 * One request. Texts of the head are latin1: one character, one byte. `{{name}}` stands for a
 * variable.
 */
export interface Step {
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer | null
  readonly chunked: boolean
  /** The request's bytes, in place of all of the above. */
  readonly raw: string | null
  /** The method each response belongs to; more than one only where `raw` holds several requests. */
  readonly answers: readonly string[]
  readonly capture: ReadonlyMap<string, Capture>
  /** The client's cookies are neither sent nor kept. */
  readonly anonymous?: boolean
}
