/** What an import form is: a module that uses it, and the files it needs. */

/**
 * Where a form is used. Each place is a route of its own, or a part of the proxy file or the
 * instrumentation.
 */
export type Place = 'node' | 'edge' | 'pages' | 'proxy' | 'instrumentation'

/** Where most forms work. */
export const everywhere: readonly Place[] = ['node', 'edge', 'pages', 'proxy']
/** Where forms that need Node.js's modules work. */
export const onNode: readonly Place[] = ['node', 'pages', 'proxy']
export const handlers: readonly Place[] = ['node', 'pages']

/** One way to import, as Next.js's documentation or the language has it. */
export interface Form {
  readonly name: string
  readonly places: readonly Place[]
  /**
   * The module `form.ts` in the form's folder; it exports `answer()`, whose JSON says what was
   * imported.
   */
  readonly code: string
  /** Its ending, where that is another. */
  readonly extension?: string
  /** Files beside it; those that begin with "/" lie in the project's folder. */
  readonly files?: Readonly<Record<string, string | Buffer>>
  /** Only Next.js's own compilation does it exactly; the engine `light` says so when it builds. */
  readonly nextOnly?: boolean
}

/** A form whose answer is one expression over some imports. */
export function form(
  name: string,
  places: readonly Place[],
  imports: string,
  expression: string,
  files?: Form['files'],
): Form {
  return {
    name,
    places,
    code: `${imports}\nexport async function answer() {\n  return ${expression}\n}\n`,
    ...(files ? { files } : {}),
  }
}
