/**
 * Records what plugins load for the modules of a bundle, and loads files as they do without one.
 */
import { relative } from 'node:path'
import type { Plugin, PluginBuild } from 'esbuild'
import { type LoadedModule, loadedKey } from './compile_modules.ts'

interface PluginLoad {
  readonly filter: RegExp
  readonly namespace: string | undefined
  readonly load: Parameters<PluginBuild['onLoad']>[1]
}

/** The plugins of one context of esbuild. */
export class PluginLoads {
  /** What was loaded in the last build, by {@link loadedKey}. */
  readonly loaded = new Map<string, LoadedModule>()
  readonly #loads: PluginLoad[] = []

  /** Returns `plugin` with the modules that it loads recorded. Call it in the plugins' order. */
  wrap(plugin: Plugin, root: string): Plugin {
    return {
      name: plugin.name,
      setup: (build) => {
        const onLoad: PluginBuild['onLoad'] = (options, load) => {
          this.#loads.push({ filter: options.filter, namespace: options.namespace, load })
          build.onLoad(options, async (args) => {
            const result = await load(args)
            if (result?.contents !== undefined) {
              const { path, namespace, suffix } = args
              const name = namespace === 'file' ? relative(root, path) : `${namespace}:${path}`
              this.loaded.set(loadedKey(name + suffix, args.with), {
                contents: result.contents,
                loader: result.loader ?? 'default',
              })
            }
            return result
          })
        }
        return plugin.setup({ ...build, onLoad })
      },
    }
  }

  /**
   * Loads a file. @returns undefined if esbuild reads it itself, null if a plugin reports errors.
   */
  async load(path: string): Promise<LoadedModule | undefined | null> {
    const args = { path, namespace: 'file', suffix: '', pluginData: undefined, with: {} }
    for (const { filter, namespace, load } of this.#loads) {
      if ((namespace ?? 'file') !== 'file' || !filter.test(path)) continue
      const result = await load(args)
      if (result?.errors !== undefined && result.errors.length > 0) return null
      if (result?.contents !== undefined)
        return { contents: result.contents, loader: result.loader ?? 'default' }
    }
    return undefined
  }
}
