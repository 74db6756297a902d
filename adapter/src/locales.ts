/** Paths of the Pages Router in a project with `i18n`: the first segment may be a locale. */

/** A path in its parts. */
export interface LocalisedPath {
  /** Null if the path names none. */
  readonly locale: string | null
  /** The path without the locale. */
  readonly path: string
}

/** Splits a path of `next build`, which spells locales as they are configured. */
export function localised(path: string, locales: readonly string[]): LocalisedPath {
  const [, first = '', rest = ''] = /^\/([^/]*)(.*)$/s.exec(path) ?? []
  return locales.includes(first) ? { locale: first, path: rest || '/' } : { locale: null, path }
}
