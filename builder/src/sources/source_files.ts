/**
 * Reads source files: expressions that depend on a file's location (`import.meta.url`, `__dirname`)
 * keep referring to the source file after bundling, and a file known to be broken is replaced with
 * one that throws.
 */
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, relative } from 'node:path'
import type { Loader, Plugin } from 'esbuild'
import { isClientBoundary, referencesText } from './client_references.ts'
import { toleratingTypes } from './tolerated_imports.ts'
import { mayUseCache, transformUseCache } from '../use_cache/transform.ts'
import { type CompilerOptions, readCompilerOptions } from './compiler_options.ts'
import { classForms, compileBySwc } from './decorators.ts'
import type { Inexactness, InexactModules } from '../base/inexact.ts'
import { inexactOf, type InexactSettings } from './inexact_sources.ts'
import { mayNeedRewrite, rewrite } from '../rewrites/rewrite.ts'
import { type CompilerSettings, toJavaScript } from '../rewrites/script.ts'

/** Options of {@link sourceFiles}. */
export interface SourceFilesOptions {
  /** Absolute real path of the project. */
  root: string
  /** Files, by absolute path, that cannot be compiled, with the compiler's message. */
  broken?: ReadonlyMap<string, string>
  /** Whether functions may be cached with `'use cache'`. */
  useCache?: boolean
  /** Receives the absolute path of every file read. */
  seen?: Set<string>
  /**
   * JavaScript files, by absolute path, that import names of types, see {@link toleratingTypes}.
   */
  tolerated?: ReadonlySet<string>
  /**
   * Called for a file with `'use client'` and the import's `pluginData`: whether its importers get
   * references to it.
   */
  isReference?: (path: string, pluginData: unknown) => boolean
  /** `import.meta.env`. */
  environment?: Readonly<Record<string, unknown>>
  /** Extensions that an import may omit, the preferred one first. */
  extensions?: readonly string[]
  /** Methods of `console` whose calls stay; null if all stay. */
  keptConsole?: ReadonlySet<string> | null
  /** Receives what is compiled differently from Next.js. */
  inexact?: { readonly modules: InexactModules; readonly settings: InexactSettings }
}

const usualExtensions: readonly string[] = ['.tsx', '.ts', '.jsx', '.js', '.mjs', '.json']

/** The result for a version of a file. */
interface Found {
  readonly version: string
  readonly made: Made | undefined
  readonly notes: readonly Inexactness[]
  /** Whether it begins with `'use client'`. */
  readonly isClient: boolean
}

interface Made {
  readonly contents: string
  readonly loader: Loader
}

/** esbuild's loaders for files of code, by extension. */
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

/** Limit on the characters of an import in a note. */
const longestShown = 100

const placeWords = /import\.meta|__dirname|__filename/

/**
 * Returns the esbuild plugin; use with {@link sourceFiles.define}. Unchanged files are cached
 * between builds.
 */
export function sourceFiles(options: SourceFilesOptions): Plugin {
  const { root, broken, seen } = options
  const reader = new SourceReader(options)
  return {
    name: 'millrace-source-files',
    setup(build) {
      build.onStart(() => reader.start())
      build.onLoad(
        { filter: /\.(json|[cm]?[jt]sx?)$/, namespace: 'file' },
        async ({ path, pluginData }) => {
          seen?.add(path)
          const message = broken?.get(path)
          if (message !== undefined) return { contents: throwing(message), loader: 'js' }
          const loader = loaders[extname(path)]
          if (loader === undefined) return undefined
          try {
            return await reader.read(path, loader, pluginData)
          } catch (error) {
            // The compiler reports its own errors when it reads the file.
            if (Array.isArray((error as { errors?: unknown }).errors)) return undefined
            return {
              errors: [
                {
                  text: (error as Error).message,
                  location: { file: relative(root, path), line: 1, column: 0 },
                },
              ],
            }
          }
        },
      )
    },
  }
}

/** Turns a file's text into what the bundler gets. */
class SourceReader {
  readonly #options: SourceFilesOptions
  // The result for a file; undefined for the many that need no change. Keyed by path, valid for a
  // version.
  readonly #known = new Map<string, Found>()
  #compiler: CompilerOptions

  constructor(options: SourceFilesOptions) {
    this.#options = options
    this.#compiler = readCompilerOptions(options.root)
  }

  /** Called before each build. */
  start(): void {
    const compiler = readCompilerOptions(this.#options.root)
    if (JSON.stringify(compiler) !== JSON.stringify(this.#compiler)) this.#known.clear()
    this.#compiler = compiler
  }

  /** @param pluginData the import's mark. */
  async read(path: string, loader: Loader, pluginData: unknown): Promise<Made | undefined> {
    const { root, tolerated, isReference, inexact } = this.#options
    const info = await stat(path)
    const isTolerated = tolerated?.has(path) === true
    const version = `${info.mtimeMs} ${info.size} ${info.ino} ${isTolerated}`
    let known = this.#known.get(path)
    if (known?.version !== version) {
      const text = await readFile(path, 'utf8')
      const { made, isWhole } = await this.#make(
        path,
        text,
        loader,
        isTolerated ? await toleratingTypes(text) : undefined,
      )
      known = { version, made, isClient: isClientBoundary(text), notes: this.#notes(path, text) }
      // Other results depend on which other files exist.
      if (isWhole) this.#known.set(path, known)
    }
    for (const note of known.notes) inexact?.modules.note(note)
    if (!known.isClient || isReference?.(path, pluginData) !== true) return known.made
    return {
      contents: await referencesText(await readFile(path, 'utf8'), loader, relative(root, path)),
      loader: 'js',
    }
  }

  /** @param tolerant TypeScript that is equivalent to the file's JavaScript. */
  async #make(
    path: string,
    text: string,
    loader: Loader,
    tolerant: string | undefined,
  ): Promise<{ made: Made | undefined; isWhole: boolean }> {
    const { root, useCache = false, extensions = usualExtensions, environment = {} } = this.#options
    const isProjects = !path.includes('/node_modules/')
    const keptConsole = isProjects ? (this.#options.keptConsole ?? null) : null
    const settings = this.#settings()
    let code: string | undefined
    let typesKept: string | undefined
    const forms = classForms(path, text, this.#compiler)
    if (forms.decorators || (forms.parameterFields && !forms.otherDecorators))
      code = await compileBySwc(path, text, forms, this.#compiler)
    else if (tolerant !== undefined)
      code = typesKept = await toJavaScript(tolerant, 'tsx', basename(path), settings)
    else if (this.#differs(path, text))
      code = await toJavaScript(text, loader, basename(path), settings)
    const looksAround = mayNeedRewrite(code ?? text, keptConsole)
    if (looksAround) {
      const plain =
        code ??
        (loader === 'js' ? text : await toJavaScript(text, loader, basename(path), settings))
      const { candidates } = this.#compiler
      const unknown = (what: string): void => this.#noteUnknown(path, what)
      code =
        rewrite(plain, {
          root,
          folder: dirname(path),
          extensions,
          candidates,
          keptConsole,
          unknown,
        }) ?? code
    }
    if (isProjects && mayUseCache.test(text)) {
      code =
        (await transformUseCache(code ?? text, {
          file: relative(root, path),
          loader: code === undefined ? loader : 'js',
          enabled: useCache,
        })) ?? code
    }
    // Read as TypeScript if nothing else has changed it: esbuild then leaves names of types out of
    // what is exported again.
    const asTypeScript = tolerant !== undefined && code === typesKept ? tolerant : undefined
    const contents = asTypeScript ?? code
    const placed = placeWords.test(text)
      ? placePrefix(root, path, text, environment) + (contents ?? text)
      : contents
    const made =
      placed === undefined
        ? undefined
        : {
            contents: placed,
            loader:
              asTypeScript !== undefined
                ? ('tsx' as const)
                : code === undefined
                  ? loader
                  : ('js' as const),
          }
    return { made, isWhole: !looksAround }
  }

  #noteUnknown(file: string, text: string): void {
    if (file.includes('/node_modules/')) return
    const what = `imports a name that is only known at run time: ${text.slice(0, longestShown)}`
    this.#options.inexact?.modules.note({
      file,
      line: null,
      what,
      wayOut: 'Write the folder and the extension: `./folder/${name}.js`.',
    })
  }

  #notes(path: string, text: string): Inexactness[] {
    const { inexact } = this.#options
    if (inexact === undefined || path.includes('/node_modules/')) return []
    return inexactOf(path, text, classForms(path, text, this.#compiler), inexact.settings)
  }

  /**
   * Whether esbuild, which applies tsconfig.json, compiles the file differently from Next.js, which
   * ignores it for class fields and JSX.
   */
  #differs(path: string, text: string): boolean {
    const isTypeScript = /\.[cm]?tsx?$/.test(path)
    const hasFields = isTypeScript && /\bclass\b/.test(text)
    return (
      hasFields || (this.#compiler.hasForeignJsx && /\.[jt]sx?$/.test(path) && text.includes('<'))
    )
  }

  #settings(): CompilerSettings {
    const { jsxImportSource } = this.#compiler
    return {
      compilerOptions: {
        useDefineForClassFields: true,
        ...(jsxImportSource === null ? {} : { jsxImportSource }),
      },
    }
  }
}

/** Free uses of these names become variables; a file that has any declares them at its top. */
sourceFiles.define = {
  'import.meta.url': '__millrace_url',
  'import.meta.filename': '__millrace_filename',
  'import.meta.dirname': '__millrace_dirname',
  'import.meta.env': '__millrace_env',
  __filename: '__millrace_filename',
  __dirname: '__millrace_dirname',
} as const

/**
 * Returns declarations for the first line. The project's folder is the working directory of the
 * process that runs the routes, so a build can be moved together with its project.
 */
function placePrefix(
  root: string,
  path: string,
  text: string,
  environment: Readonly<Record<string, unknown>>,
): string {
  const inside = JSON.stringify(`/${relative(root, path)}`)
  const hashbang = text.startsWith('#!') ? '//' : ''
  return (
    `var __millrace_filename = /* @__PURE__ */ process.getBuiltinModule('node:path').normalize(process.cwd() + ${inside}), ` +
    `__millrace_dirname = /* @__PURE__ */ process.getBuiltinModule('node:path').dirname(__millrace_filename), ` +
    `__millrace_url = /* @__PURE__ */ process.getBuiltinModule('node:url').pathToFileURL(__millrace_filename).href, ` +
    `__millrace_env = ${JSON.stringify(environment)}; ${hashbang}`
  )
}

/**
 * Returns a module that throws `message`. It is CommonJS, so that any name can be imported from it.
 */
export function throwing(message: string): string {
  const text = JSON.stringify(message)
  return (
    `var failure = new Error(${text}); failure.name = 'CompileError'; failure.stack = ${text}; ` +
    `module.exports = (() => { throw failure })()`
  )
}
