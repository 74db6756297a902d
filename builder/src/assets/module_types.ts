/**
 * Loads files that are not JavaScript: images, styles, fonts, text, WebAssembly, and everything for
 * which `turbopack.rules` of next.config or the import attributes state a type. A type that Next.js
 * does not know is an error that names the file and the import, as under Next.js.
 */
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, extname, join, relative } from 'node:path'
import type { Loader, OnLoadArgs, OnLoadResult, OnResolveArgs, Plugin } from 'esbuild'
import type { InexactModules } from '../base/inexact.ts'
import { assetName } from './asset_name.ts'
import { cssModuleNames } from './css_module.ts'
import { isObserved } from './observed.ts'
import { findRule, type ModuleRule, ruleOfAttributes } from './module_rules.ts'
import { imageExtensions, lacksBlur, staticImage } from './static_image.ts'
import { wasmModule } from './wasm_module.ts'
import { runWebpackLoaders } from './webpack_loaders.ts'

/** Options of {@link moduleTypes}. */
export interface ModuleTypesOptions {
  /** Absolute real path of the project. */
  readonly root: string
  readonly mode: string
  /** The prefix of the URLs of emitted files. */
  readonly assetPrefix: string
  /** `turbopack.rules`. */
  readonly rules: unknown
  /** `experimental.turbopackImportTypeBytes`. */
  readonly importsBytes: boolean
  readonly inexact: InexactModules
  /** Receives the absolute path of every file read. */
  readonly seen: Set<string>
  /** Receives the files that have a URL: content by name. */
  readonly media: Map<string, Uint8Array>
}

const bytesNamespace = 'millrace-content'
/** The path under which the server serves emitted files. */
const mediaPath = '/_next/static/media/'
/** Files that the compiler reads itself. */
const codeExtensions: ReadonlySet<string> = new Set([
  '.js',
  '.jsx',
  '.mjs',
  '.cjs',
  '.ts',
  '.tsx',
  '.mts',
  '.cts',
  '.json',
  '.node',
])
const styleExtensions: ReadonlySet<string> = new Set(['.css', '.scss', '.sass'])
const advice =
  'Read more: https://nextjs.org/docs/app/api-reference/config/next-config-js/turbopack#configuring-webpack-loaders'

/** Returns the plugin; it must precede the plugins that read source files. */
export function moduleTypes(options: ModuleTypesOptions): Plugin {
  return {
    name: 'millrace-module-types',
    setup(build) {
      const types = new ModuleTypes(options)
      build.onStart(() => types.forget())
      // The importer is known only at resolution, so it is recorded here for loading.
      build.onResolve({ filter: /^\.{0,2}\// }, (args) => types.remember(args))
      build.onResolve({ filter: new RegExp(`^${bytesNamespace}:`) }, ({ path }) => ({
        path: path.slice(bytesNamespace.length + 1),
        namespace: bytesNamespace,
      }))
      build.onLoad({ filter: /.*/, namespace: bytesNamespace }, async ({ path }) => ({
        contents: await readFile(path),
        loader: 'binary',
      }))
      build.onLoad({ filter: /\.[^./]+$/, namespace: 'file' }, (args) => types.load(args))
    },
  }
}

class ModuleTypes {
  readonly #options: ModuleTypesOptions
  /** Importers by the name of the imported file. */
  readonly #importers = new Map<string, { path: string; importer: string }[]>()

  constructor(options: ModuleTypesOptions) {
    this.#options = options
  }

  forget(): void {
    this.#importers.clear()
  }

  remember({ path, importer, resolveDir }: OnResolveArgs): undefined {
    if (codeExtensions.has(extname(path))) return undefined
    const file = join(resolveDir, path.replace(/\?.*$/, ''))
    this.#importers.set(file, [...(this.#importers.get(file) ?? []), { path, importer }])
    return undefined
  }

  async load({ path, suffix, with: attributes }: OnLoadArgs): Promise<OnLoadResult | undefined> {
    const { root, seen, inexact } = this.#options
    const extension = extname(path).toLowerCase()
    const isCode = codeExtensions.has(extension)
    // The marker of a layer's copy is not a query.
    const query =
      suffix.startsWith('?') && !/^\?(?:edge-)?(?:app|pages)$/.test(suffix) ? suffix : ''
    const own = ruleOfAttributes(attributes)
    const subject = {
      path: relative(root, path),
      query,
      mode: this.#options.mode,
      content: () => readFileSync(path, 'utf8'),
    }
    const found = own === null ? findRule(this.#options.rules, subject) : { rule: own, doubt: null }
    if (found === null && isCode) return undefined
    seen.add(path)
    if (found?.doubt)
      inexact.note({ file: path, line: null, what: `goes through ${found.doubt}`, wayOut: null })
    try {
      if (found !== null) return await this.#applied(found.rule, path, query, attributes)
      return await this.#usual(path, extension, await readFile(path), query)
    } catch (error) {
      return {
        errors: [
          {
            text: `${relative(root, path)}: ${(error as Error).message}`,
            notes: this.#notes(path),
          },
        ],
      }
    }
  }

  /** Runs the rule's loaders and gives the result its type. */
  async #applied(
    rule: ModuleRule,
    path: string,
    query: string,
    attributes: Readonly<Record<string, string>>,
  ): Promise<OnLoadResult> {
    const { root, mode, seen } = this.#options
    let content: string | Uint8Array = await readFile(path)
    let warnings: readonly string[] = []
    if (rule.loaders.length > 0) {
      const result = await runWebpackLoaders({ root, path, query, mode, loaders: rule.loaders })
      for (const file of result.dependencies) seen.add(file)
      content = result.content
      warnings = result.warnings
    }
    if (rule.type === 'bytes' && attributes['type'] === 'bytes' && !this.#options.importsBytes)
      return this.#unknown(path)
    const name = rule.as === null ? basename(path) : rule.as.replace('*', basename(path))
    const extension = extname(name).toLowerCase()
    const made =
      rule.type === null
        ? await this.#byExtension(path, extension, content, query)
        : await this.#byType(rule.type, path, content, query)
    return {
      ...made,
      resolveDir: dirname(path),
      warnings: warnings.map((text) => ({ text: `${relative(root, path)}: ${text}` })),
    }
  }

  async #byExtension(
    path: string,
    extension: string,
    content: string | Uint8Array,
    query: string,
  ): Promise<OnLoadResult> {
    if (!codeExtensions.has(extension))
      return await this.#usual(path, extension, Buffer.from(content), query)
    const loaders: Record<string, Loader> = {
      '.ts': 'ts',
      '.mts': 'ts',
      '.cts': 'ts',
      '.tsx': 'tsx',
      '.json': 'json',
    }
    return { contents: content, loader: loaders[extension] ?? 'jsx' }
  }

  async #byType(
    type: string,
    path: string,
    content: string | Uint8Array,
    query: string,
  ): Promise<OnLoadResult> {
    switch (type) {
      case 'raw':
      case 'text':
        return {
          contents: `export default ${JSON.stringify(Buffer.from(content).toString('utf8'))}`,
          loader: 'js',
        }
      case 'bytes':
        return { contents: content, loader: 'binary' }
      case 'json':
        return { contents: content, loader: 'json' }
      case 'ecmascript':
        return { contents: content, loader: 'jsx' }
      case 'typescript':
        return { contents: content, loader: 'tsx' }
      case 'asset':
        return await this.#url(path, Buffer.from(content))
      case 'css':
        return { contents: content, loader: 'empty' }
      case 'css-module':
        return await this.#cssModule(path, Buffer.from(content).toString('utf8'))
      case 'wasm':
        return this.#wasm(path, Buffer.from(content), query)
      default:
        throw new Error(
          `the type ${JSON.stringify(type)} of its rule is not one that Millrace knows`,
        )
    }
  }

  async #usual(
    path: string,
    extension: string,
    content: Buffer<ArrayBuffer>,
    query: string,
  ): Promise<OnLoadResult> {
    if (imageExtensions.has(extension)) return await this.#image(path, content)
    if (extension === '.woff2') return await this.#url(path, content)
    if (extension === '.wasm') return this.#wasm(path, content, query)
    if (!styleExtensions.has(extension)) return this.#unknown(path)
    const isModule = /\.module\.(?:css|scss|sass)$/i.test(path)
    if (!isModule) return { contents: '', loader: 'empty' }
    return await this.#cssModule(
      path,
      extension === '.css' ? content.toString('utf8') : await compileSass(this.#options.root, path),
    )
  }

  async #image(path: string, content: Uint8Array): Promise<OnLoadResult> {
    if (lacksBlur(path) && this.#isObserved(path, 'image')) {
      this.#note(
        path,
        'is an image, for which Next.js generates a blurDataURL',
        'Without Next.js it has no blurDataURL: nothing to do unless the routes read it.',
      )
    }
    const name = await assetName(path, content)
    const image = staticImage(path, content, `${this.#options.assetPrefix}${mediaPath}${name}`)
    this.#options.media.set(name, content)
    return { contents: `export default ${JSON.stringify(image)}`, loader: 'js' }
  }

  /** Files of the server have no public URL; Next.js returns this path. */
  async #url(path: string, content: Uint8Array): Promise<OnLoadResult> {
    return {
      contents: `export default ${JSON.stringify(`/server/assets/${await assetName(path, content)}`)}`,
      loader: 'js',
    }
  }

  #wasm(path: string, content: Buffer<ArrayBuffer>, query: string): OnLoadResult {
    return {
      contents: wasmModule(content, `${bytesNamespace}:${path}`, query === '?module'),
      loader: 'js',
      resolveDir: dirname(path),
    }
  }

  async #cssModule(path: string, text: string): Promise<OnLoadResult> {
    if (this.#isObserved(path, 'styles')) {
      this.#note(
        path,
        'is a CSS module, whose class names Next.js generates with a different hash',
        'Without the engine `next` the names differ, but are just as unique.',
      )
    }
    const names = await cssModuleNames(this.#options.root, path, text)
    return { contents: `module.exports = ${JSON.stringify(names)}`, loader: 'js' }
  }

  #isObserved(path: string, kind: 'image' | 'styles'): boolean {
    const importers = this.#importers.get(path) ?? []
    // The file is imported through an alias, so its importer is unknown.
    if (importers.length === 0) return true
    return importers.some(
      (one) =>
        !existsSync(one.importer) || isObserved(readFileSync(one.importer, 'utf8'), one.path, kind),
    )
  }

  #note(file: string, what: string, wayOut: string): void {
    this.#options.inexact.note({ file, line: null, what, wayOut })
  }

  #unknown(path: string): OnLoadResult {
    const text = `${relative(this.#options.root, path)}: Unknown module type. This module doesn't have an associated type. Use a known file extension, or register a loader for it in turbopack.rules of next.config.`
    return { errors: [{ text, notes: [...this.#notes(path), { text: advice }] }] }
  }

  #notes(path: string): { text: string }[] {
    const [found] = this.#importers.get(path) ?? []
    return found === undefined
      ? []
      : [
          {
            text: `It is imported as ${JSON.stringify(found.path)} by ${relative(this.#options.root, found.importer)}.`,
          },
        ]
  }
}

/** Compiles Sass with the project's own `sass` package. */
async function compileSass(root: string, path: string): Promise<string> {
  const find = createRequire(join(root, 'package.json'))
  for (const name of ['sass-embedded', 'sass']) {
    let module: { compileAsync(path: string, options: object): Promise<{ css: string }> }
    try {
      module = find(name) as typeof module
    } catch {
      continue
    }
    return (
      await module.compileAsync(path, { loadPaths: [dirname(path), join(root, 'node_modules')] })
    ).css
  }
  throw new Error('styles in Sass need the package sass. Run: npm install --save-dev sass')
}
