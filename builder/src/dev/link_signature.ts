/**
 * Decides whether a module still fits the modules around it after its contents have changed: it
 * imports and exports the same names as before. Conservative: it may find a difference where there
 * is none.
 */

/**
 * Returns a text that is the same for two versions of a module only if they have the same exports
 * and use the same names of their imports.
 * @param code the compiled module, in which esbuild names imports `import_x`.
 * @param source the module's source, whose unused imports matter if it has no types.
 */
export function linkSignature(code: string, source: string | null): string {
  const exported = [...code.matchAll(/^__export\(\w+, \{\n(.*?)^\}\);$/gms)].map(([, list]) =>
    [...list!.matchAll(/^ {2}(.+?): \(\) =>/gm)].map(([, name]) => name).join(),
  )
  const passedOn = [...code.matchAll(/^__reExport\(.*$/gm)].map(([line]) => line)
  const loads = [...code.matchAll(/^var (\w+) = (?:__toESM\()?require\(.*$/gm)].map(
    ([line]) => line,
  )
  const used = new Set(
    [...code.matchAll(/\bimport_\w+(?:\.[\w$]+|\[[^\]]*\])/g)].map(([use]) => use),
  )
  const clauses = source === null ? [] : [...source.matchAll(/\b(?:import|export)\s[^'"`;]*from/g)]
  return [
    exported.join(';'),
    ...passedOn,
    ...loads,
    ...[...used].sort(),
    ...clauses.map(([text]) => text),
  ].join('\n')
}
