/**
 * Differences that a team has reviewed and allows: patterns given on the command line, in a file,
 * or with a request.
 */

/**
 * The patterns that apply to all requests, with the number of differences that each has allowed.
 */
export class Allowances {
  readonly #patterns: { readonly text: string; readonly pattern: RegExp; used: boolean }[] = []

  /** `*` in a pattern matches any text. A pattern must match all of `METHOD PATH PLACE`. */
  add(text: string): void {
    this.#patterns.push({ text, pattern: globOf(text), used: false })
  }

  /** Adds each line of a file that is neither empty nor a comment (`#`). */
  addLines(lines: string): void {
    for (const line of lines.split(/\r?\n/))
      if (line.trim() !== '' && !line.trimStart().startsWith('#')) this.add(line.trim())
  }

  /**
   * Returns the pattern that allows a place of a response, or null. `own`: patterns of the request,
   * which match the place alone.
   */
  find(request: string, place: string, own: readonly string[]): string | null {
    const beside = own.find((text) => globOf(text).test(place))
    if (beside !== undefined) return beside
    const found = this.#patterns.find(({ pattern }) => pattern.test(`${request} ${place}`))
    if (found) found.used = true
    return found?.text ?? null
  }

  /** Returns the patterns that have allowed no difference. */
  unused(): string[] {
    return this.#patterns.filter(({ used }) => !used).map(({ text }) => text)
  }
}

function globOf(text: string): RegExp {
  return new RegExp(
    `^${text
      .split('*')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
      .join('.*')}$`,
    's',
  )
}
