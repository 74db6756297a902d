/**
 * Assembles the plugins for settings of next.config and for files other than scripts. They must
 * precede the plugins that resolve packages.
 */
import type { Plugin } from 'esbuild'
import type { ProjectConfig } from '../config/normalise.ts'
import { aliasesOf, resolveAliases } from './aliases.ts'
import { moduleTypes } from '../assets/module_types.ts'
import type { InexactModules } from '../base/inexact.ts'
import { ogImages } from '../metadata/og_images.ts'
import { urlModules } from './url_modules.ts'

/** Options of {@link projectModules}. */
export interface ProjectModulesOptions {
  /** Absolute real path of the project. */
  readonly root: string
  readonly mode: string
  readonly config: Partial<ProjectConfig>
  readonly inexact: InexactModules
  /** Receives the absolute path of every file read. */
  readonly seen: Set<string>
  /** Receives the files that have a URL: content by name. */
  readonly media: Map<string, Uint8Array>
}

interface TurbopackSettings {
  readonly rules?: unknown
  readonly resolveExtensions?: readonly string[]
}

interface Settings {
  readonly turbopack?: TurbopackSettings
  readonly experimental?: {
    readonly turbo?: TurbopackSettings
    readonly turbopackImportTypeBytes?: boolean
  }
}

/** Returns the esbuild plugins, in order. */
export function projectModules({
  root,
  mode,
  config,
  inexact,
  seen,
  media,
}: ProjectModulesOptions): Plugin[] {
  const { turbopack, experimental } = config as Settings
  return [
    resolveAliases(root, aliasesOf(config)),
    ogImages(root),
    urlModules(seen),
    moduleTypes({
      root,
      mode,
      assetPrefix: config.assetPrefix || (config.basePath ?? ''),
      rules: turbopack?.rules ?? experimental?.turbo?.rules,
      importsBytes: experimental?.turbopackImportTypeBytes === true,
      inexact,
      seen,
      media,
    }),
  ]
}

const usualExtensions = ['.tsx', '.ts', '.jsx', '.js', '.mjs', '.json']

/**
 * Returns the extensions that an import may omit, the preferred one first. Packages need the usual
 * ones whatever next.config states.
 */
export function extensionsOf(config: Partial<ProjectConfig>): string[] {
  const { turbopack, experimental } = config as Settings
  const given = turbopack?.resolveExtensions ?? experimental?.turbo?.resolveExtensions ?? []
  return [...new Set([...given, ...usualExtensions])]
}
