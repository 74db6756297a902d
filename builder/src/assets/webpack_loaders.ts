/**
 * Runs webpack loaders on a file as Turbopack does: with `loader-runner` and the subset of
 * webpack's loader API that Turbopack supports. A loader that needs more fails there too.
 */
import { readFile } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { runLoaders } from 'loader-runner'
import type { LoaderItem } from './module_rules.ts'

/** The file to load and its loaders. */
export interface LoaderJob {
  /** Absolute path of the project. */
  readonly root: string
  readonly path: string
  /** Includes the "?". */
  readonly query: string
  readonly mode: string
  readonly loaders: readonly LoaderItem[]
}

/** The loaders' output. */
export interface LoaderResult {
  readonly content: string | Uint8Array
  /** Files whose change requires another run. */
  readonly dependencies: readonly string[]
  readonly warnings: readonly string[]
}

/** @throws Error that names the loader that failed, and how to install it if it is missing. */
export async function runWebpackLoaders({
  root,
  path,
  query,
  mode,
  loaders,
}: LoaderJob): Promise<LoaderResult> {
  const find = createRequire(join(root, 'package.json'))
  const warnings: string[] = []
  const context = {
    version: 2,
    mode,
    target: 'node',
    sourceMap: true,
    rootContext: root,
    fs: { readFile },
    getOptions(this: { query: unknown }): unknown {
      return typeof this.query === 'object' && this.query !== null ? this.query : {}
    },
    getLogger: () => console,
    getResolve: () => (folder: string, request: string) =>
      Promise.resolve(resolveFrom(folder, request)),
    resolve: (folder: string, request: string, done: (error: unknown, path?: string) => void) => {
      try {
        done(null, resolveFrom(folder, request))
      } catch (error) {
        done(error)
      }
    },
    emitWarning: (warning: unknown) => void warnings.push(String(warning)),
    emitError: (error: unknown) => {
      throw error instanceof Error ? error : new Error(String(error))
    },
    addBuildDependency: () => undefined,
    addMissingDependency: () => undefined,
  }
  const located = loaders.map(({ loader, options }) => {
    const path = locate(find, loader)
    return { loader: path, options, ...(path.endsWith('.mjs') ? { type: 'module' } : {}) }
  })
  return await new Promise((resolve, reject) => {
    runLoaders(
      { resource: path + query, loaders: located, context, readResource: readFile },
      (error, result) => {
        const content = result?.result?.[0]
        if (error) reject(new Error(`${names(loaders)} failed: ${error.message}`))
        else if (content === undefined || content === null)
          reject(new Error(`${names(loaders)} returned nothing`))
        else
          resolve({
            content,
            warnings,
            dependencies: [...result.fileDependencies, ...result.contextDependencies],
          })
      },
    )
  })
}

function resolveFrom(folder: string, request: string): string {
  return createRequire(join(folder, 'x.js')).resolve(request)
}

function locate(find: NodeJS.Require, loader: string): string {
  try {
    return find.resolve(loader)
  } catch {
    throw new Error(`the loader ${loader} is not installed. Run: npm install --save-dev ${loader}`)
  }
}

function names(loaders: readonly LoaderItem[]): string {
  return `the loader ${loaders.map(({ loader }) => loader).join(', ')}`
}
