/**
 * The project's own Next.js, as its entries find it: modules of the package, loaded at their first
 * use.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { fs } from '../base/builtins.ts'
import type { Generation } from '../project/generation.ts'
import { useProjectNext } from '../project/modules.ts'

/** The `i18n` option. */
export interface Locales {
  readonly locales: readonly string[]
  readonly defaultLocale: string
  readonly domains?: readonly { readonly domain: string; readonly defaultLocale: string }[]
}

/** The configuration as `next build` has written it. */
export type NextConfig = Readonly<Record<string, unknown>> & {
  readonly basePath?: string
  readonly i18n?: Locales | null
  readonly trailingSlash?: boolean
  readonly cacheMaxMemorySize?: number
  readonly deploymentId?: string
  readonly supportsImmutableAssets?: boolean
  readonly experimental?: Readonly<Record<string, unknown>>
}

/** The members of `prerender-manifest.json` that are read here. */
export interface PrerenderManifest {
  /** The prerendered paths, each with its route. */
  readonly routes: Readonly<
    Record<
      string,
      {
        readonly srcRoute: string | null
        readonly initialRevalidateSeconds?: number | false
        readonly initialExpireSeconds?: number
      }
    >
  >
  /** The routes whose paths can be made on request. */
  readonly dynamicRoutes: Readonly<Record<string, unknown>>
}

/** A build of the project by its own Next.js. */
export class ProjectNext {
  /** Absolute path of the output of `next build`. */
  readonly distDir: string
  readonly config: NextConfig
  readonly #require: NodeJS.Require
  #prerenderManifest: PrerenderManifest | undefined
  #previewModeId: string | undefined

  constructor(distDir: string) {
    this.distDir = distDir
    useProjectNext(distDir)
    this.config = this.read<{ config: NextConfig }>('required-server-files.json').config
    this.#require = createRequire(join(distDir, 'server', 'entry.js'))
  }

  /** `prerender-manifest.json`: the paths prerendered at build time. */
  get prerenderManifest(): PrerenderManifest {
    return (this.#prerenderManifest ??= this.read<PrerenderManifest>('prerender-manifest.json'))
  }

  /** What an entry must be told for it to render anew what it has kept. */
  get previewModeId(): string {
    return (this.#previewModeId ??= this.read<{ previewModeId: string }>(
      'server/preview-props.json',
    ).previewModeId)
  }

  /** Reads a JSON file that `next build` has written. */
  read<T>(name: string): T {
    return JSON.parse(fs.readFileSync(join(this.distDir, name), 'utf8')) as T
  }

  /**
   * Loads a module by its absolute path or by its name in the package:
   * `next/dist/server/web/sandbox`.
   */
  load<T>(name: string): T {
    return this.#require(name) as T
  }
}

const known = new Map<string, ProjectNext>()

/**
 * Returns the build that an entry of a generation belongs to: entries are in a folder `server` of
 * the output of `next build`, and the configuration of images is beside it.
 */
export function projectNextOf({ folder }: Generation, module: string): ProjectNext {
  const server = module.indexOf('/server/')
  const distDir = join(folder, module.slice(0, server < 0 ? module.lastIndexOf('/') : server))
  let next = known.get(distDir)
  if (next === undefined) known.set(distDir, (next = new ProjectNext(distDir)))
  return next
}
