/**
 * How source files are read: what depends on a file's own place (`import.meta.url`, `__dirname`) keeps
 * meaning the source file after bundling, and a file known to be broken becomes one that throws.
 */
import { readFile, stat } from 'node:fs/promises'
import { extname, relative } from 'node:path'
import type { Loader, Plugin } from 'esbuild'
import { isClientBoundary, referencesText } from './client_references.ts'
import { toleratingTypes } from './tolerated_imports.ts'
import { mayUseCache, transformUseCache } from '../use_cache/transform.ts'

/** Options of {@link sourceFiles}. */
export interface SourceFilesOptions {
  /** Absolute real path of the project. */
  root: string
  /** Files, by absolute path, that cannot be compiled, with the compiler's message. */
  broken?: ReadonlyMap<string, string>
  /** Whether functions may be cached with `'use cache'`. */
  useCache?: boolean
  /** Gets the absolute path of every file read. */
  seen?: Set<string>
  /** Files, by absolute path, in JavaScript that import names of types, see {@link toleratingTypes}. */
  tolerated?: ReadonlySet<string>
  /** Asked for a file with `'use client'`, given what its import carries: whether its importers get references to it. */
  isReference?: (path: string, pluginData: unknown) => boolean
}

interface Made {
  readonly contents: string
  readonly loader: Loader
}

/** How esbuild reads files of code, by their extension. */
export const loaders: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.js': 'jsx',
  '.jsx': 'jsx',
  '.mjs': 'jsx',
  '.cjs': 'jsx',
}

const placeWords = /import\.meta|__dirname|__filename/

/** An esbuild plugin; use with {@link sourceFiles.define}. Remembers unchanged files between builds. */
export function sourceFiles({ root, broken, useCache = false, seen, tolerated, isReference }: SourceFilesOptions): Plugin {
  // What a file becomes; undefined for the many that need nothing. Keyed by path, valid for a version.
  const known = new Map<string, { version: string; made: Made | undefined; isClient: boolean }>()

  const read = async (path: string, loader: Loader, pluginData: unknown): Promise<Made | undefined> => {
    const info = await stat(path)
    const version = `${info.mtimeMs} ${info.size} ${info.ino} ${tolerated?.has(path) === true}`
    const before = known.get(path)
    const current = before?.version === version ? before : await make(path, loader, version)
    if (current.isClient && isReference?.(path, pluginData)) {
      return { contents: await referencesText(await readFile(path, 'utf8'), loader, relative(root, path)), loader: 'js' }
    }
    return current.made
  }

  const make = async (path: string, loader: Loader, version: string): Promise<{ made: Made | undefined; isClient: boolean }> => {
    const read = await readFile(path, 'utf8')
    const tolerant = tolerated?.has(path) === true ? await toleratingTypes(read) : undefined
    const text = tolerant ?? read
    const cached = mayUseCache.test(text) && !path.includes('/node_modules/')
    const transformed = cached ? await transformUseCache(text, { file: relative(root, path), loader, enabled: useCache }) : undefined
    const contents = transformed ?? text
    const placed = placeWords.test(text) ? placePrefix(root, path, text) + contents : (transformed ?? tolerant)
    const readAs = transformed !== undefined ? 'js' : tolerant !== undefined ? 'tsx' : loader
    const made = placed === undefined ? undefined : { contents: placed, loader: readAs }
    const found = { version, made, isClient: isClientBoundary(text) }
    known.set(path, found)
    return found
  }

  return {
    name: 'millrace-source-files',
    setup(build) {
      build.onLoad({ filter: /\.(json|[cm]?[jt]sx?)$/, namespace: 'file' }, async ({ path, pluginData }) => {
        seen?.add(path)
        const message = broken?.get(path)
        if (message !== undefined) return { contents: throwing(message), loader: 'js' }
        const loader = loaders[extname(path)]
        if (loader === undefined) return undefined
        try {
          return await read(path, loader, pluginData)
        } catch (error) {
          // What the compiler itself complains of, it tells when it reads the file.
          if (Array.isArray((error as { errors?: unknown }).errors)) return undefined
          return { errors: [{ text: (error as Error).message, location: { file: relative(root, path), line: 1, column: 0 } }] }
        }
      })
    },
  }
}

/** Free uses of these names become variables that a file which has any declares at its top. */
sourceFiles.define = {
  'import.meta.url': '__millrace_url',
  'import.meta.filename': '__millrace_filename',
  'import.meta.dirname': '__millrace_dirname',
  __filename: '__millrace_filename',
  __dirname: '__millrace_dirname',
} as const

/**
 * Declarations on the first line. The project's folder is the working directory of the process that
 * runs the routes, so a build can be moved together with its project.
 */
function placePrefix(root: string, path: string, text: string): string {
  const inside = JSON.stringify(`/${relative(root, path)}`)
  const hashbang = text.startsWith('#!') ? '//' : ''
  return (
    `var __millrace_filename = /* @__PURE__ */ process.getBuiltinModule('node:path').normalize(process.cwd() + ${inside}), ` +
    `__millrace_dirname = /* @__PURE__ */ process.getBuiltinModule('node:path').dirname(__millrace_filename), ` +
    `__millrace_url = /* @__PURE__ */ process.getBuiltinModule('node:url').pathToFileURL(__millrace_filename).href; ${hashbang}`
  )
}

/** A module that throws `message`. CommonJS, so that any name can be imported from it. */
function throwing(message: string): string {
  const text = JSON.stringify(message)
  return (
    `var failure = new Error(${text}); failure.name = 'CompileError'; failure.stack = ${text}; ` +
    `module.exports = (() => { throw failure })()`
  )
}
