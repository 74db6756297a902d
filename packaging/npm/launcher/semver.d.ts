// The functions of the package `semver` that the launcher uses.

declare module 'semver/functions/satisfies.js' {
  /** Returns false for a range or version that is not valid. */
  export default function satisfies(
    version: string,
    range: string,
    options?: { includePrerelease?: boolean },
  ): boolean
}

declare module 'semver/ranges/valid.js' {
  /** Returns the range in a canonical form, or null if it is not valid. */
  export default function validRange(range: string): string | null
}
