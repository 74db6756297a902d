/**
 * Emits the files that a URL in the source refers to (see rewrites/url_imports.ts): they are copied
 * beside the bundles; those that run as workers are bundled on their own, with everything that they
 * import.
 */
import { readFile } from 'node:fs/promises'
import { build as bundle, type BuildOptions, type OnLoadResult, type Plugin } from 'esbuild'
import { urlPrefix } from '../rewrites/rewrite.ts'

/** Makes the file an ES module wherever it is placed. */
const workerSuffix = '.mjs'

/** Returns the plugin. @param seen receives the absolute path of every file read. */
export function urlModules(seen: Set<string>): Plugin {
  return {
    name: 'millrace-url-modules',
    setup(build) {
      for (const prefix of Object.values(urlPrefix)) {
        const files = `${prefix.slice(0, -1)}-file`
        const suffix = prefix === urlPrefix.worker ? workerSuffix : ''
        build.onResolve({ filter: new RegExp(`^${prefix}`) }, ({ path }) => ({
          path: path.slice(prefix.length),
          namespace: prefix.slice(0, -1),
        }))
        build.onResolve({ filter: new RegExp(`^${files}:`) }, ({ path }) => ({
          path: path.slice(files.length + 1),
          namespace: files,
        }))
        build.onLoad({ filter: /.*/, namespace: prefix.slice(0, -1) }, ({ path }) => ({
          // Not import.meta.url, which is replaced with the source's own location.
          contents: `import path from ${JSON.stringify(`${files}:${path}${suffix}`)}\nexport default new URL(path, import.meta.resolve('./')).href`,
          loader: 'js',
        }))
      }
      build.onLoad(
        { filter: /.*/, namespace: `${urlPrefix.asset.slice(0, -1)}-file` },
        async ({ path }) => {
          seen.add(path)
          return { contents: await readFile(path), loader: 'file' }
        },
      )
      build.onLoad(
        { filter: /.*/, namespace: `${urlPrefix.worker.slice(0, -1)}-file` },
        ({ path }) => workerFile(path.slice(0, -workerSuffix.length), build.initialOptions),
      )
    },
  }
}

/** A worker is a program of its own: it shares no module with the routes. */
async function workerFile(path: string, options: BuildOptions): Promise<OnLoadResult> {
  try {
    const { outputFiles = [], warnings } = await bundle({
      ...options,
      entryPoints: [{ in: path, out: 'worker' }],
      splitting: false,
      metafile: false,
      sourcemap: 'inline',
      plugins: (options.plugins ?? []).filter(({ name }) => !entryPointPlugins.has(name)),
      write: false,
    })
    const text = outputFiles.find((file) => file.path.endsWith('worker.mjs'))?.text ?? ''
    return { contents: text, loader: 'file', warnings }
  } catch (error) {
    const { errors } = error as { errors?: OnLoadResult['errors'] }
    if (!Array.isArray(errors)) throw error
    return { errors }
  }
}

/** Plugins that depend on the entry points of the routes' bundle. */
const entryPointPlugins: ReadonlySet<string> = new Set([
  'millrace-module-table',
  'millrace-metadata-modules',
  'millrace-layers',
  'millrace-copies',
])
