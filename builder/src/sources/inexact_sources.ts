/**
 * Finds what a source file requires of the compiler that Next.js supports and Millrace does not
 * support, or supports differently.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ProjectConfig } from '../config/normalise.ts'
import type { ClassForms } from './decorators.ts'
import type { Inexactness } from '../base/inexact.ts'

/** The settings of the project that matter for this. */
export interface InexactSettings {
  /** The project's Babel configuration; null if there is none. */
  readonly babel: string | null
  /** Whether `experimental.swcPlugins` is not empty. */
  readonly swcPlugins: boolean
  /** Options of `compiler`, by name. */
  readonly compiler: Readonly<Record<string, unknown>>
}

const babelFile =
  /^(?:\.babelrc(?:\.(?:json|js|cjs|mjs|cts))?|babel\.config\.(?:js|json|mjs|cjs|cts))$/

/** Reads the settings of the project at `root`, an absolute path. */
export function inexactSettings(root: string, config: Partial<ProjectConfig>): InexactSettings {
  const { compiler = {}, experimental } = config as {
    compiler?: Record<string, unknown>
    experimental?: { swcPlugins?: unknown }
  }
  const babel = existsSync(root)
    ? (readdirSync(root).find((name) => babelFile.test(name)) ?? null)
    : null
  return {
    babel: babel === null ? null : join(root, babel),
    swcPlugins: Array.isArray(experimental?.swcPlugins) && experimental.swcPlugins.length > 0,
    compiler,
  }
}

/** The packages that an option of `compiler` affects. */
const packages: Readonly<Record<string, RegExp>> = {
  styledComponents: /['"]styled-components(?:\/[^'"]*)?['"]/,
  emotion: /['"]@emotion\/[^'"]*['"]/,
  relay: /\bgraphql\s*`/,
  reactRemoveProperties: /<[A-Za-z][^<]*\s[\w-]+=/,
}

/** Returns the entries for one of the project's files. */
export function inexactOf(
  file: string,
  text: string,
  forms: ClassForms,
  { babel, swcPlugins, compiler }: InexactSettings,
): Inexactness[] {
  const found: Inexactness[] = []
  const note = (what: string, wayOut: string | null, place?: RegExp): void => {
    found.push({ file, line: place === undefined ? null : lineOf(text, place), what, wayOut })
  }
  if (babel !== null)
    note(
      `is compiled with the Babel configuration in ${babel}`,
      'Remove the file if the routes do not need it.',
    )
  if (swcPlugins) note('is compiled with experimental.swcPlugins of next.config', null)
  for (const [name, pattern] of Object.entries(packages)) {
    if (compiler[name] && pattern.test(text))
      note(`is compiled with compiler.${name} of next.config`, null, pattern)
  }
  if (forms.otherDecorators)
    note(
      'has decorators without experimentalDecorators in tsconfig.json',
      'Set experimentalDecorators in tsconfig.json.',
    )
  if (unknownImport.test(text))
    note(
      'imports a module whose name is only known at run time',
      'Write the known part of the name: `./folder/${name}.js`.',
      unknownImport,
    )
  if (resolvedModule.test(text)) {
    note(
      'gets the id of a module with require.resolve()',
      'Import the module, or get the location of a file with `new URL("./file", import.meta.url)`.',
      resolvedModule,
    )
  }
  return found
}

/**
 * Under Next.js the result is the module's id in the bundle, which does not exist here. For
 * packages it is their path, as in Node.js.
 */
const resolvedModule = /(?:^|[^.\w$])require\.resolve\(\s*['"`]\.{1,2}\//m
const unknownImport = /(?:^|[^.\w$])import\s*\(\s*(?:[A-Za-z_$][\w$.]*\s*[,)]|`\$\{)/m

function lineOf(text: string, pattern: RegExp): number | null {
  const found = pattern.exec(text)
  return found === null ? null : text.slice(0, found.index + found[0].length).split('\n').length
}
