/** What compilers and linkers print, as the user of a route wants to read it. */

/** One message of a compiler, with what belongs to it. */
interface Diagnostic {
  /** The file it is about; empty for none. */
  file: string
  readonly lines: string[]
  /** Its main line; empty where there are only lines that lead to one. */
  main: string
}

/** What a compiler said of the translation unit around a route. */
export interface Said {
  /** For the user; empty where {@link onlyOurs}. */
  readonly text: string
  /**
   * All errors lie in what the build adds behind the route: something in the route is left open.
   */
  readonly onlyOurs: boolean
}

/** Headers that stand behind a route's code, where an open brace swallows them. */
const ourHeaders = /\/millrace\/(?:detail\/(?:export_route|route_table)|abi)\.hpp$/

const mainLine = /^(\S.*?):\d+:(?:\d+:)? (?:fatal )?(?:error|warning): /
const noteLine = /^\S.*?:\d+:(?:\d+:)? note: /
const leadingLine =
  /^(?:In file included from |In module imported at |\s+from \S|\S.*?: (?:In |At global scope:)|\S.*?:\d+:(?:\d+:)? {2,}(?:required|recursively|in ))/
const failedAssertion =
  /error: (?:static assertion failed: |static_assert failed.*? "|static assertion failed due to .*?: ")(.*?)"?$/

/** Cuts what a compiler has printed into its messages. */
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
 * The compiler's words without what speaks of the build's own lines.
 * @param wrapper the path, or its end, of our translation unit around the route; null where there
 * is none.
 * @param file the route's, as it is to be named.
 */
export function saidOf(stderr: string, wrapper: string | null, root: string, file: string): Said {
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

/** Without the lines by which the compiler says that our translation unit includes the route. */
function withoutWrapper(lines: readonly string[], wrapper: string): string[] {
  const kept: string[] = []
  for (const line of lines) {
    const leads = leadingLine.test(line) && line.includes(wrapper)
    if (!leads) kept.push(line)
    // It was the last of several.
    else if (!line.startsWith('In file')) kept.push(kept.pop()!.replace(/,$/, ':'))
  }
  return kept
}

/**
 * What the user can do about an error that the compiler's words do not lead to.
 * @param folders where those for `#include` are named.
 */
export function hintsFor(said: string, folders = 'millrace.toml: [native] include'): string {
  const hints: string[] = []
  if (/fatal error: .*(?:No such file or directory|file not found)/.test(said)) {
    hints.push(`Folders in which #include is to look are named in ${folders}.`)
  }
  if (said.includes('array used as initializer')) {
    hints.push(
      'g++ 12 says so of code that is right: of a co_await inside of an expression that makes temporaries, such as `condition ? "" : text + more`. Give that expression a name on a line before (docs/native.md, Handlers).',
    )
  }
  return hints.map((hint) => `\n${hint}`).join('')
}

/** The same of what the linker says. */
export function linkHintsFor(said: string): string {
  const hints: string[] = []
  if (/undefined (?:reference|symbol)/.test(said)) {
    hints.push(
      'What is undefined is declared, but the code of it is in no file of this route. Name the .cpp that has it in millrace.toml: [native] sources; the library that has it: [native] libraries or pkg_config.',
    )
  } else if (/cannot find -l|unable to find library/.test(said)) {
    hints.push(
      'Libraries are named in millrace.toml: [native] libraries or pkg_config. Is this one installed, with its files for development (Debian: lib…-dev)?',
    )
  }
  if (/unrecognized (?:command-line )?option|unknown argument/.test(said))
    hints.push('Flags are named in millrace.toml: [native] flags.')
  return hints.map((hint) => `\n${hint}`).join('')
}
