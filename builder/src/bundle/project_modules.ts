/**
 * The plugins for what next.config and files other than scripts have a say in. They stand before
 * those that look at packages.
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
  /** Gets the absolute path of every file read. */
  readonly seen: Set<string>
  /** Gets the files that have an address: their bytes by name. */
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

/** esbuild plugins, in their order. */
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
 * Extensions that an import may leave out, the preferred one first. Packages need the usual ones
 * whatever next.config says.
 */
export function extensionsOf(config: Partial<ProjectConfig>): string[] {
  const { turbopack, experimental } = config as Settings
  const given = turbopack?.resolveExtensions ?? experimental?.turbo?.resolveExtensions ?? []
  return [...new Set([...given, ...usualExtensions])]
}
