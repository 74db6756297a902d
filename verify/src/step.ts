/**
 * One request as described, before its variables are replaced.
 */

/**
 * The source of a variable's value: the response's JSON (dotted path), a field, or the first group
 * of a pattern in its body.
 */
export type Capture =
  | { readonly json: string }
  | { readonly header: string }
  | { readonly match: RegExp }

/**
 * One request. Strings of the head are latin1: one character is one byte. `{{name}}` is replaced
 * with a variable.
 */
export interface Step {
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer | null
  readonly chunked: boolean
  /** The request's bytes, instead of all of the above. */
  readonly raw: string | null
  /** The request method of each response; more than one only if `raw` contains several requests. */
  readonly methods: readonly string[]
  readonly capture: ReadonlyMap<string, Capture>
  /** The client's cookies are neither sent nor stored. */
  readonly anonymous?: boolean
}
