/**
 * What stands in the bundle for a module outside of it: a few lines that load it by require() when,
 * and in the order in which, the modules that import it run. An `import` statement in the bundle
 * would load it before everything else, for every route. Node.js loads ES modules by require() too;
 * those of a package are one instance, however they are asked for.
 */
import { isAbsolute, relative } from 'node:path'
import type { OnResolveResult, PluginBuild } from 'esbuild'
import type { ExportedNames } from './package_files.ts'

/** Where a module outside of the bundle is. */
export interface ExternalModule {
  /** Names it in the bundle: the same for the same module. */
  readonly id: string
  /** What to require: a name that leads to it from the project's folder, or its absolute path. */
  readonly target: string
  /** What it exports; null for CommonJS, of which only running it tells. */
  readonly exported: ExportedNames | null
}

const commonJs = 'millrace-commonjs'
const esModule = 'millrace-module'
/** What the lines of an ES module import. */
const loaded = 'millrace-loaded'

/**
 * Where an import of `module` leads. Left out of the bundle where nothing of it is used, if `pure`.
 */
export function externalModule(module: ExternalModule, pure = false): OnResolveResult {
  const namespace = module.exported === null ? commonJs : esModule
  return { path: module.id, namespace, pluginData: module, ...(pure ? { sideEffects: false } : {}) }
}

/** Whether an import is of the lines themselves: what they require stays as it is. */
export function isOfExternalModule(namespace: string): boolean {
  return namespace === commonJs
}

/** Gives esbuild the lines. `root`: the project's folder, in which the bundle runs. */
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
  // Named one by one where they are known: the names of `export *` are looked up whenever they are
  // used.
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
 * A call that loads `target`; an absolute path is said from the project's folder, with which a
 * build can be moved.
 */
export function requireText(target: string, root: string): string {
  if (!isAbsolute(target)) return `require(${JSON.stringify(target)})`
  const path = relative(root, target)
  const inside = path.startsWith('.') ? path : `./${path}`
  return `process.getBuiltinModule('node:module').createRequire(process.cwd() + '/')(${JSON.stringify(inside)})`
}
