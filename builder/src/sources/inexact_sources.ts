/**
 * What a source file asks of the compiler that Next.js does and Millrace does not, or otherwise.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ProjectConfig } from '../config/normalise.ts'
import type { ClassForms } from './decorators.ts'
import type { Inexactness } from '../base/inexact.ts'

/** What of the project has a part in it. */
export interface InexactSettings {
  /** The project's Babel configuration; null where it has none. */
  readonly babel: string | null
  /** Whether `experimental.swcPlugins` holds any. */
  readonly swcPlugins: boolean
  /** Options of `compiler`, by name. */
  readonly compiler: Readonly<Record<string, unknown>>
}

const babelFile =
  /^(?:\.babelrc(?:\.(?:json|js|cjs|mjs|cts))?|babel\.config\.(?:js|json|mjs|cjs|cts))$/

/** Of the project at `root`, an absolute path. */
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

/** Packages that an option of `compiler` is about. */
const packages: Readonly<Record<string, RegExp>> = {
  styledComponents: /['"]styled-components(?:\/[^'"]*)?['"]/,
  emotion: /['"]@emotion\/[^'"]*['"]/,
  relay: /\bgraphql\s*`/,
  reactRemoveProperties: /<[A-Za-z][^<]*\s[\w-]+=/,
}

/** Of one of the project's files. */
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
      'Remove the file where the routes do not need it.',
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
      'imports a module whose name only running can tell',
      'Write the part of the name that is known: `./folder/${name}.js`.',
      unknownImport,
    )
  if (resolvedModule.test(text)) {
    note(
      'asks for the number of a module by require.resolve()',
      'Import the module, or ask for the place of a file by `new URL("./file", import.meta.url)`.',
      resolvedModule,
    )
  }
  return found
}

/**
 * Under Next.js it is a module's number in the bundle: here it has none. Of packages it is their
 * place, as in Node.js.
 */
const resolvedModule = /(?:^|[^.\w$])require\.resolve\(\s*['"`]\.{1,2}\//m
const unknownImport = /(?:^|[^.\w$])import\s*\(\s*(?:[A-Za-z_$][\w$.]*\s*[,)]|`\$\{)/m

function lineOf(text: string, pattern: RegExp): number | null {
  const found = pattern.exec(text)
  return found === null ? null : text.slice(0, found.index + found[0].length).split('\n').length
}
