/**
 * Collects names in the code that are replaced by values at build time: those of `compiler.define`
 * and `compiler.defineServer` of next.config, and the members of `import.meta.env`.
 */

interface Settings {
  readonly basePath?: string
  readonly compiler?: { readonly define?: object; readonly defineServer?: object }
}

const name = /^[\p{ID_Start}$_][\p{ID_Continue}$]*(?:\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*$/u

/**
 * Returns esbuild's `define`. Values replace the names as literals: a string becomes a string, not
 * code.
 * @throws Error for a key that is not a name, and for a value that has no literal.
 */
export function definesOf(
  config: Readonly<Record<string, unknown>>,
  mode: string,
): Record<string, string> {
  const { basePath = '', compiler } = config as Settings
  const given = Object.entries({ ...compiler?.define, ...compiler?.defineServer }) as [
    string,
    unknown,
  ][]
  const invalid = given.find(([key]) => !name.test(key))
  if (invalid !== undefined)
    throw new Error(
      `compiler.define of next.config: ${JSON.stringify(invalid[0])} is not the name of a variable or of its members`,
    )
  const other = given.find(([, value]) => typeof value === 'object' || typeof value === 'function')
  if (other !== undefined)
    throw new Error(
      `compiler.define of next.config: ${other[0]}: expected a string, a number, true or false`,
    )
  const members = Object.entries(environmentOf(basePath, mode)).map(
    ([key, value]): [string, unknown] => [`import.meta.env.${key}`, value],
  )
  return Object.fromEntries(
    [...members, ...given].map(([key, value]) => [key, JSON.stringify(value)]),
  )
}

/** Returns `import.meta.env` as Next.js defines it. */
export function environmentOf(basePath: string, mode: string): Readonly<Record<string, unknown>> {
  const isProduction = mode === 'production'
  return { DEV: !isProduction, PROD: isProduction, MODE: mode, BASE_URL: `${basePath}/`, SSR: true }
}
