/**
 * Reduces the messages of compilers and linkers to what helps the author of a route.
 */

/** One message of a compiler, with its related lines. */
interface Diagnostic {
  /** The file that it refers to; may be empty. */
  file: string
  readonly lines: string[]
  /** Its main line; empty if there are only lines that lead to one. */
  main: string
}

/** A compiler's messages about the translation unit around a route. */
export interface CompilerMessages {
  /** For the user; empty if {@link onlyOurs}. */
  readonly text: string
  /**
   * All errors are in the code that the build appends to the route: a construct in the route is not
   * closed.
   */
  readonly onlyOurs: boolean
}

/** Headers that are included after a route's code, where an open brace swallows them. */
const ourHeaders = /\/millrace\/(?:detail\/(?:export_route|route_table)|abi)\.hpp$/

const mainLine = /^(\S.*?):\d+:(?:\d+:)? (?:fatal )?(?:error|warning): /
const noteLine = /^\S.*?:\d+:(?:\d+:)? note: /
const leadingLine =
  /^(?:In file included from |In module imported at |\s+from \S|\S.*?: (?:In |At global scope:)|\S.*?:\d+:(?:\d+:)? {2,}(?:required|recursively|in ))/
const failedAssertion =
  /error: (?:static assertion failed: |static_assert failed.*? "|static assertion failed due to .*?: ")(.*?)"?$/

/** Splits a compiler's output into its messages. */
function diagnosticsOf(text: string): Diagnostic[] {
  const found: Diagnostic[] = []
  let leading: string[] = []
  for (const line of text.split('\n')) {
    const main = mainLine.exec(line)
    const last = found.at(-1)
    if (main !== null) {
      found.push({ file: main[1]!, lines: [...leading, line], main: line })
    } else if (leadingLine.test(line)) {
      leading.push(line)
      continue
    } else if (last === undefined) {
      found.push({ file: '', lines: [...leading, line], main: /error:/.test(line) ? line : '' })
    } else {
      last.lines.push(...(noteLine.test(line) || leading.length > 0 ? leading : []), line)
    }
    leading = []
  }
  return found
}

/**
 * Returns the compiler's messages without references to the build's own lines.
 * @param wrapper the path, or its end, of the translation unit around the route; null if there is
 * none.
 * @param file the name of the route's file in messages.
 */
export function readableMessages(
  stderr: string,
  wrapper: string | null,
  root: string,
  file: string,
): CompilerMessages {
  const own: Diagnostic[] = []
  const broken: string[] = []
  let ours = false
  for (const diagnostic of diagnosticsOf(stderr)) {
    const isOurs =
      (wrapper !== null && diagnostic.file.endsWith(wrapper)) || ourHeaders.test(diagnostic.file)
    const assertion = failedAssertion.exec(diagnostic.main)
    if (!isOurs) own.push(diagnostic)
    else if (assertion !== null) broken.push(`${file}: error: ${assertion[1]}`)
    else if (/error: /.test(diagnostic.main)) ours = true
  }
  const errors = own.some(({ main }) => /error: /.test(main)) || broken.length > 0
  if (ours && !errors) return { text: '', onlyOurs: true }
  const lines = own.flatMap((diagnostic) => diagnostic.lines)
  const text = [
    ...(wrapper === null ? lines : withoutWrapper(lines, wrapper)),
    ...new Set(broken),
  ].join('\n')
  return { text: text.replaceAll(`${root}/`, '').trim(), onlyOurs: false }
}

/**
 * Removes the lines in which the compiler says that the generated translation unit includes the
 * route.
 */
function withoutWrapper(lines: readonly string[], wrapper: string): string[] {
  const kept: string[] = []
  for (const line of lines) {
    const leads = leadingLine.test(line) && line.includes(wrapper)
    if (!leads) kept.push(line)
    // It was the last of several lines.
    else if (!line.startsWith('In file')) kept.push(kept.pop()!.replace(/,$/, ':'))
  }
  return kept
}

/**
 * Returns advice for errors whose messages do not lead to the solution.
 * @param folders the setting that names folders for `#include`.
 */
export function hintsFor(messages: string, folders = 'millrace.toml: [native] include'): string {
  const hints: string[] = []
  if (/fatal error: .*(?:No such file or directory|file not found)/.test(messages)) {
    hints.push(`The folders that #include searches are set in ${folders}.`)
  }
  if (messages.includes('array used as initializer')) {
    hints.push(
      'g++ 12 reports this for correct code: a co_await inside of an expression with temporaries, such as `condition ? "" : text + more`. Assign that expression to a variable first (docs/native.md, Handlers).',
    )
  }
  return hints.map((hint) => `\n${hint}`).join('')
}

/** Returns advice for messages of the linker. */
export function linkHintsFor(messages: string): string {
  const hints: string[] = []
  if (/undefined (?:reference|symbol)/.test(messages)) {
    hints.push(
      'An undefined symbol is declared, but no file of this route defines it. List the .cpp that defines it in millrace.toml: [native] sources, or the library: [native] libraries or pkg_config.',
    )
  } else if (/cannot find -l|unable to find library/.test(messages)) {
    hints.push(
      'Libraries are listed in millrace.toml: [native] libraries or pkg_config. Is this one installed, with its development files (Debian: lib…-dev)?',
    )
  }
  if (/unrecognized (?:command-line )?option|unknown argument/.test(messages))
    hints.push('Flags are set in millrace.toml: [native] flags.')
  return hints.map((hint) => `\n${hint}`).join('')
}
