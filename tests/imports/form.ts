/**
 * Defines an import form: a module that uses it, and the files it needs.
 */

/**
 * Where a form is used. Each place is a route of its own, or a part of the middleware or the
 * instrumentation.
 */
export type Place = 'node' | 'edge' | 'pages' | 'proxy' | 'instrumentation'

/** The places in which most forms work. */
export const everywhere: readonly Place[] = ['node', 'edge', 'pages', 'proxy']
/** The places in which forms that need Node.js's modules work. */
export const onNode: readonly Place[] = ['node', 'pages', 'proxy']
export const handlers: readonly Place[] = ['node', 'pages']

/** One way to import, as documented by Next.js or the language. */
export interface Form {
  readonly name: string
  readonly places: readonly Place[]
  /**
   * The module `form.ts` in the form's folder; it exports `answer()`, whose JSON shows what was
   * imported.
   */
  readonly code: string
  /** Its file extension, if not `.ts`. */
  readonly extension?: string
  /** Files beside it; paths that begin with "/" are relative to the project's folder. */
  readonly files?: Readonly<Record<string, string | Buffer>>
  /** Only Next.js's own compilation is exact; the engine `light` reports this when it builds. */
  readonly nextOnly?: boolean
}

/** Returns a form whose result is one expression over some imports. */
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
