/**
 * Reads the compiler options of the project's tsconfig.json (or jsconfig.json), following
 * `extends`. They apply to all files that are bundled, also to those of workspace packages with a
 * tsconfig.json of their own, as under Next.js.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPathsMatcher, parseTsconfig, type TsConfigJsonResolved } from 'get-tsconfig'

/** The options that Millrace uses. */
export interface CompilerOptions {
  readonly experimentalDecorators: boolean
  readonly emitDecoratorMetadata: boolean
  readonly jsxImportSource: string | null
  /**
   * Whether JSX must be compiled separately: the bundler applies a `jsx` option that Next.js
   * ignores.
   */
  readonly hasForeignJsx: boolean
  /**
   * Absolute paths that a specifier may refer to through `paths` and `baseUrl`, the preferred one
   * first.
   */
  readonly candidates: (specifier: string) => readonly string[]
}

/**
 * Reads the options of the project at `root`, an absolute path. The bundler reports a file that
 * cannot be read.
 */
export function readCompilerOptions(root: string): CompilerOptions {
  const path = ['tsconfig.json', 'jsconfig.json']
    .map((name) => join(root, name))
    .find((candidate) => existsSync(candidate))
  let config: TsConfigJsonResolved
  try {
    config = path === undefined ? {} : parseTsconfig(path)
  } catch {
    config = {}
  }
  const options = config.compilerOptions ?? {}
  const jsxImportSource = path === undefined ? null : ownImportSource(path)
  const matcher = path === undefined ? null : createPathsMatcher({ path, config })
  return {
    experimentalDecorators: options.experimentalDecorators === true,
    emitDecoratorMetadata: options.emitDecoratorMetadata === true,
    jsxImportSource,
    hasForeignJsx:
      ['react', 'react-native'].includes(options.jsx?.toLowerCase() ?? '') ||
      (options.jsxImportSource ?? null) !== jsxImportSource,
    candidates: (specifier) => matcher?.(specifier) ?? [],
  }
}

/** Next.js reads this option from the file itself, not from those that it extends. */
function ownImportSource(path: string): string | null {
  return (
    /^\s*(?!\s*\/\/)[^\n]*"jsxImportSource"\s*:\s*"([^"]+)"/m.exec(
      readFileSync(path, 'utf8'),
    )?.[1] ?? null
  )
}
