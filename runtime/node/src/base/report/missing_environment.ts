/**
 * Finds environment variables that source files read and that are not set: a frequent cause of
 * errors that name something else.
 */

/** Limit on the names that are returned. */
const maximumNames = 10

const reads = /\bprocess\.env(?:\.([A-Za-z_]\w*)|\[\s*['"]([A-Za-z_]\w*)['"]\s*\])/g

/** Returns the names of variables that the sources read and `environment` does not set, sorted. */
export function missingEnvironment(
  sources: Iterable<string>,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const missing = new Set<string>()
  for (const source of sources) {
    for (const [, member, index] of source.matchAll(reads)) {
      const name = (member ?? index)!
      if (environment[name] === undefined) missing.add(name)
    }
  }
  return [...missing].sort().slice(0, maximumNames)
}
