/**
 * Generates the code that represents a module outside of the bundle: a few lines that load it with
 * require() at the time, and in the order, in which the modules that import it run. An `import`
 * statement in the bundle would load it before everything else, for every route. Node.js can load
 * ES modules with require() too; a package's module is one instance, however it is loaded.
 */
import { isAbsolute, relative } from 'node:path'
import type { OnResolveResult, PluginBuild } from 'esbuild'
import type { ExportedNames } from './package_files.ts'

/** The location of a module outside of the bundle. */
export interface ExternalModule {
  /** Identifies it in the bundle: the same for the same module. */
  readonly id: string
  /**
   * The argument of require(): a specifier that resolves to it from the project's folder, or its
   * absolute path.
   */
  readonly target: string
  /** Its exports; null for CommonJS, where only running it can tell. */
  readonly exported: ExportedNames | null
}

const commonJs = 'millrace-commonjs'
const esModule = 'millrace-module'
/** The specifier that the code of an ES module imports. */
const loaded = 'millrace-loaded'

/**
 * Returns the resolution of an import of `module`. If `pure`, the module is left out of the bundle
 * when nothing of it is used.
 */
export function externalModule(module: ExternalModule, pure = false): OnResolveResult {
  const namespace = module.exported === null ? commonJs : esModule
  return { path: module.id, namespace, pluginData: module, ...(pure ? { sideEffects: false } : {}) }
}

/** Whether an import comes from the generated code itself: what that requires stays as it is. */
export function isOfExternalModule(namespace: string): boolean {
  return namespace === commonJs
}

/**
 * Registers the loading of the generated code with esbuild. `root`: the project's folder, in which
 * the bundle runs.
 */
export function loadExternalModules(build: PluginBuild, root: string): void {
  build.onResolve({ filter: /^millrace-loaded$/, namespace: esModule }, ({ pluginData }) => ({
    path: (pluginData as ExternalModule).id,
    namespace: commonJs,
    pluginData: { ...(pluginData as ExternalModule), exported: null },
  }))
  build.onLoad({ filter: /.*/, namespace: commonJs }, ({ pluginData }) => ({
    contents: `module.exports = ${requireText((pluginData as ExternalModule).target, root)}`,
    loader: 'js',
  }))
  // Known exports are listed one by one: names of `export *` are looked up on every use.
  build.onLoad({ filter: /.*/, namespace: esModule }, ({ pluginData }) => {
    const { names, open } = (pluginData as ExternalModule).exported!
    const list = names.map((name) =>
      /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name),
    )
    const lines = [
      ...(list.length > 0 || !open ? [`export { ${list.join(', ')} } from '${loaded}'`] : []),
      ...(open ? [`export * from '${loaded}'`] : []),
    ]
    return { contents: lines.join('\n'), loader: 'js', pluginData }
  })
}

/**
 * Returns a call that loads `target`; an absolute path is written relative to the project's folder,
 * so that a build can be moved with it.
 */
export function requireText(target: string, root: string): string {
  if (!isAbsolute(target)) return `require(${JSON.stringify(target)})`
  const path = relative(root, target)
  const inside = path.startsWith('.') ? path : `./${path}`
  return `process.getBuiltinModule('node:module').createRequire(process.cwd() + '/')(${JSON.stringify(inside)})`
}
