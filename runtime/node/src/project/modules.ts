import { enableCompileCache, registerHooks, setSourceMapsSupport } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { fs } from '../base/builtins.ts'
import type { LoadedRoute, RouteModule } from './generation.ts'

/** Packages whose only point is to fail in a browser's bundle. */
const emptyPackages = new Set(['server-only', 'client-only'])

/**
 * Makes `next/server` and its like mean the runtime's own modules for every import() and require()
 * from now on, from packages in node_modules as well.
 * @param folder where the runtime's next/* modules are.
 * @param extension of the files there.
 */
export function registerNextModules(folder: URL, extension: string): void {
  const known = new Map<string, string | null>()
  const format = extension === '.ts' ? 'module-typescript' : 'module'

  function ours(specifier: string): string | null {
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
      if (specifier.startsWith('next/') && !isOfNext(context.parentURL)) {
        const url = ours(specifier)
        if (url !== null) return { url, format, shortCircuit: true }
      } else if (emptyPackages.has(specifier)) {
        return { url: new URL(`empty${extension}`, folder).href, format, shortCircuit: true }
      }
      return nextResolve(specifier, context)
    },
  })
}

/** Folders whose modules mean Next.js itself by `next/*`, as the beginnings of URLs. */
const ofNext: string[] = []

/**
 * From now on, `next/*` means the project's own Next.js in modules of a folder: what `next build`
 * has written.
 */
export function leaveToNext(folder: string): void {
  const url = `${pathToFileURL(folder).href}/`
  if (!ofNext.includes(url)) ofNext.push(url)
}

function isOfNext(parent: string | undefined): boolean {
  return (
    parent !== undefined &&
    ofNext.length > 0 &&
    (parent.includes('/node_modules/next/') || ofNext.some((url) => parent.startsWith(url)))
  )
}

/** Modules through which a project gets at the classes of node:http. */
const httpSpecifiers: ReadonlySet<string> = new Set(
  ['http', '_http_incoming', '_http_outgoing', '_http_server'].flatMap((name) => [
    name,
    `node:${name}`,
  ]),
)
let httpImported = false
let httpListeners: (() => void)[] = []

/**
 * Calls `listener` once, as soon as code of the project imports node:http; at once where it has.
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

/** A project that takes node:http without an import is seen as well. */
function watchBuiltinModules(): void {
  const original = process.getBuiltinModule
  function getBuiltinModule(name: string): unknown {
    if (httpSpecifiers.has(name)) noteHttpImport()
    return original(name)
  }
  process.getBuiltinModule = getBuiltinModule as typeof original
}

/** Makes stacks speak of the source files instead of the bundles. */
export function mapStacksToSource(): void {
  setSourceMapsSupport(true, { nodeModules: false, generatedCode: false })
}

/**
 * Keeps V8's compiled code of what is imported from now on in a folder, for the next worker. It is
 * written when this one exits, and what cannot be written is left out: a cache is no reason to
 * fail.
 */
export function keepCompiledCode(folder: string): void {
  enableCompileCache(folder)
}

/** Imports a route's module; the same one each time. */
export function importRoute(target: LoadedRoute): Promise<RouteModule> {
  const path = join(target.generation.folder, target.route.module)
  return import(pathToFileURL(path).href)
}
