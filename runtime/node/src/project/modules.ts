import { enableCompileCache, registerHooks, setSourceMapsSupport } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { fs } from '../base/builtins.ts'
import type { LoadedRoute, RouteModule } from './generation.ts'

/** Packages whose only purpose is to fail in a browser bundle. */
const emptyPackages = new Set(['server-only', 'client-only'])

/**
 * Makes `next/server` and similar specifiers resolve to the runtime's own modules in every later
 * import() and require(), including those of packages in node_modules.
 * @param folder of the runtime's next/* modules.
 * @param extension of the files there.
 */
export function registerNextModules(folder: URL, extension: string): void {
  const known = new Map<string, string | null>()
  const format = extension === '.ts' ? 'module-typescript' : 'module'

  function runtimeModule(specifier: string): string | null {
    let url = known.get(specifier)
    if (url === undefined) {
      const name = specifier.slice('next/'.length).replace(/\.js$/, '')
      const candidate = new URL(name + extension, folder)
      url = /^[\w-]+$/.test(name) && fs.existsSync(fileURLToPath(candidate)) ? candidate.href : null
      known.set(specifier, url)
    }
    return url
  }

  watchBuiltinModules()
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (httpSpecifiers.has(specifier)) noteHttpImport()
      if (specifier.startsWith('next/') && !usesProjectNext(context.parentURL)) {
        const url = runtimeModule(specifier)
        if (url !== null) return { url, format, shortCircuit: true }
      } else if (emptyPackages.has(specifier)) {
        return { url: new URL(`empty${extension}`, folder).href, format, shortCircuit: true }
      }
      return nextResolve(specifier, context)
    },
  })
}

/** Folders whose modules use Next.js itself for `next/*`, as URL prefixes. */
const nextFolders: string[] = []

/**
 * From now on, `next/*` resolves to the project's own Next.js for modules of a folder: the output
 * of `next build`.
 */
export function useProjectNext(folder: string): void {
  const url = `${pathToFileURL(folder).href}/`
  if (!nextFolders.includes(url)) nextFolders.push(url)
}

function usesProjectNext(parent: string | undefined): boolean {
  return (
    parent !== undefined &&
    nextFolders.length > 0 &&
    (parent.includes('/node_modules/next/') || nextFolders.some((url) => parent.startsWith(url)))
  )
}

/** Specifiers by which a project can access the classes of node:http. */
const httpSpecifiers: ReadonlySet<string> = new Set(
  ['http', '_http_incoming', '_http_outgoing', '_http_server'].flatMap((name) => [
    name,
    `node:${name}`,
  ]),
)
let httpImported = false
let httpListeners: (() => void)[] = []

/**
 * Calls `listener` once, when the project's code first imports node:http; at once if it already
 * has.
 */
export function onHttpImport(listener: () => void): void {
  if (httpImported) listener()
  else httpListeners.push(listener)
}

function noteHttpImport(): void {
  httpImported = true
  const listeners = httpListeners
  httpListeners = []
  for (const listener of listeners) listener()
}

/** Also detects projects that access node:http without an import. */
function watchBuiltinModules(): void {
  const original = process.getBuiltinModule
  function getBuiltinModule(name: string): unknown {
    if (httpSpecifiers.has(name)) noteHttpImport()
    return original(name)
  }
  process.getBuiltinModule = getBuiltinModule as typeof original
}

/** Makes stacks refer to source files instead of bundles. */
export function mapStacksToSource(): void {
  setSourceMapsSupport(true, { nodeModules: false, generatedCode: false })
}

/**
 * Caches V8's compiled code of modules imported from now on in a folder, for the next worker. The
 * cache is written when this worker exits; failures to write are ignored.
 */
export function cacheCompiledCode(folder: string): void {
  enableCompileCache(folder)
}

/** Imports a route's module; every call returns the same one. */
export function importRoute(target: LoadedRoute): Promise<RouteModule> {
  const { modules } = target.generation
  if (modules !== null) return modules.run(target.route.file)
  const path = join(target.generation.folder, target.route.module)
  return import(pathToFileURL(path).href)
}
