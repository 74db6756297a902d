/**
 * Builds esbuild's options and plugins for a build of a project.
 */
import { dirname, join } from 'node:path'
import { type BuildContext, type BuildOptions, context, type Plugin } from 'esbuild'
import type { InexactModules } from '../base/inexact.ts'
import { metadataModules } from '../metadata/modules.ts'
import {
  keepingLayer,
  type LayerCopies,
  layerCopies,
  type LayerEntry,
  loadCopies,
} from '../packages/layer_copies.ts'
import { nodeConditions } from '../packages/layers.ts'
import { externalPackages } from '../packages/packages.ts'
import { keptConsoleMethods } from '../rewrites/console_calls.ts'
import { inexactSettings } from '../sources/inexact_sources.ts'
import { sourceFiles } from '../sources/source_files.ts'
import { aliasesOf } from './aliases.ts'
import type { Sources } from './bundled_sources.ts'
import { definesOf, environmentOf } from './defines.ts'
import { moduleTable, tableEntry, tableOutput } from './module_table.ts'
import { extensionsOf, projectModules } from './project_modules.ts'
import type { BuildRequest } from './types.ts'

/** What the plugins of a build are given and what they record, from one rebuild to the next. */
export interface BuildNotes {
  /** Messages of files that throw instead of being compiled, by absolute path. */
  readonly broken: ReadonlyMap<string, string>
  readonly copies: LayerCopies
  /** What is compiled differently from Next.js's bundler. */
  readonly inexact: InexactModules
  /** Files that have a URL, content by name. */
  readonly media: Map<string, Uint8Array>
  /** Absolute paths of all files read. */
  readonly seen: Set<string>
  /** Files in which an import of only types may name an export that does not exist. */
  readonly tolerated: ReadonlySet<string>
  /** Wraps each plugin that loads modules, if set. */
  readonly wrap?: (plugin: Plugin) => Plugin
}

/** The context of a bundle. */
export type BundleContext = BuildContext<{ metafile: true; write: false }>

/**
 * Opens a context: rebuilds in it are incremental. @param entries is called in each rebuild.
 */
export function openContext(
  request: BuildRequest,
  sources: Sources,
  entries: () => readonly LayerEntry[],
  notes: BuildNotes,
): Promise<BundleContext> {
  const plugins = pluginsFor(request, sources, entries, notes)
  const { copies, wrap = (plugin) => plugin } = notes
  return context({
    ...commonOptions(request, copies),
    entryPoints: [{ in: tableEntry, out: tableOutput }],
    // Never written to. It represents the folder of every generation; these are siblings, so that
    // the paths in source maps hold in each.
    outdir: virtualOutdir(request.outdir),
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    sourcemap: 'linked',
    plugins: [
      layerCopies(copies),
      ...plugins.map((plugin) => wrap(keepingLayer(plugin))),
      wrap(loadCopies()),
    ],
  })
}

/** Returns the options that determine how esbuild compiles each module, whatever the bundle. */
export function commonOptions(
  request: BuildRequest,
  copies: LayerCopies,
): BuildOptions & { metafile: true; write: false } {
  const { root, config, mode } = request
  return {
    absWorkingDir: root,
    write: false,
    metafile: true,
    bundle: true,
    // Names are often already used in a single bundle; classes and functions keep their own.
    keepNames: true,
    platform: 'node',
    target: 'node22',
    conditions: [...nodeConditions, ...copies.main.conditions],
    mainFields: [...copies.main.mainFields],
    resolveExtensions: extensionsOf(config),
    assetNames: 'assets/[name]-[hash]',
    jsx: 'automatic',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'silent',
    logLimit: 0,
    // In Next.js's bundler the namespace of a CommonJS function can be called.
    logOverride: { 'call-import-namespace': 'silent' },
    loader: { '.js': 'jsx' },
    define: { ...sourceFiles.define, ...inlined(request), ...definesOf(config, mode) },
  }
}

function pluginsFor(
  { root, config, mode }: BuildRequest,
  { metadata }: Sources,
  entries: () => readonly LayerEntry[],
  notes: BuildNotes,
): Plugin[] {
  const { broken, copies, inexact, media, seen, tolerated } = notes
  const aliases = aliasesOf(config)
  return [
    moduleTable(root, () => entries().map((entry) => copies.specifierOf(entry))),
    metadataModules({
      root,
      mode,
      sources: metadata,
      broken,
      seen,
    }),
    ...projectModules({
      root,
      mode,
      config,
      inexact,
      seen,
      media,
    }),
    externalPackages({
      root,
      copies,
      serverExternal: config.serverExternalPackages ?? [],
      transpile: config.transpilePackages ?? [],
      inexact,
      isAliased: (specifier) => aliases.targetsOf(specifier) !== null,
    }),
    sourceFiles({
      root,
      broken,
      useCache: usesCache(config),
      seen,
      environment: environmentOf(config.basePath ?? '', mode),
      extensions: extensionsOf(config),
      keptConsole: keptConsoleMethods(
        (config['compiler'] as { removeConsole?: unknown } | undefined)?.removeConsole,
      ),
      inexact: { modules: inexact, settings: inexactSettings(root, config) },
      tolerated,
      isReference: (path, pluginData) => copies.isReference(path, pluginData),
    }),
  ]
}

/** Whether the configuration enables `use cache`. */
export function usesCache(config: BuildRequest['config']): boolean {
  return (
    config.cacheComponents === true ||
    (config.experimental as Record<string, unknown> | undefined)?.['useCache'] === true
  )
}

/** Returns the output folder that is given to esbuild; see {@link openContext}. */
export function virtualOutdir(outdir: string): string {
  return join(dirname(outdir), 'current')
}

/** Values that replace `process.env.NAME` at build time. */
export function inlined({ mode, config, env }: BuildRequest): Record<string, string> {
  const names = Object.keys(env).filter((name) => name.startsWith('NEXT_PUBLIC_'))
  const values = {
    ...Object.fromEntries(names.map((name) => [name, env[name]])),
    ...config.env,
    NODE_ENV: mode,
  }
  const usable = Object.entries(values).filter(([name]) => /^[A-Za-z_$][\w$]*$/.test(name))
  const defined = Object.fromEntries(
    usable.map(([name, value]) => [`process.env.${name}`, JSON.stringify(value)]),
  )
  // All code runs in Node.js, edge handlers too.
  return { ...defined, 'process.env.NEXT_RUNTIME': '"nodejs"', 'process.browser': 'false' }
}
