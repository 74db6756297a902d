/**
 * What the project's tsconfig.json (or jsconfig.json) says of compiling, `extends` followed. It
 * holds for all files that are bundled, also for those of workspace packages that have one of their
 * own, as under Next.js.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPathsMatcher, parseTsconfig, type TsConfigJsonResolved } from 'get-tsconfig'

/** The part that matters here. */
export interface CompilerOptions {
  readonly experimentalDecorators: boolean
  readonly emitDecoratorMetadata: boolean
  readonly jsxImportSource: string | null
  /** Whether JSX has to be compiled apart: the bundler heeds a `jsx` that Next.js does not. */
  readonly hasForeignJsx: boolean
  /** Absolute paths that a specifier may mean by `paths` and `baseUrl`, the preferred one first. */
  readonly candidates: (specifier: string) => readonly string[]
}

/** Of the project at `root`, an absolute path. What cannot be read the bundler tells of. */
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

/** Next.js reads this one from the file itself alone, not from those that it extends. */
function ownImportSource(path: string): string | null {
  return (
    /^\s*(?!\s*\/\/)[^\n]*"jsxImportSource"\s*:\s*"([^"]+)"/m.exec(
      readFileSync(path, 'utf8'),
    )?.[1] ?? null
  )
}
