/**
 * The project's own Next.js, as its entries find it: modules of the package, loaded where they are
 * first asked for.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { fs } from '../base/builtins.ts'
import type { Generation } from '../project/generation.ts'
import { leaveToNext } from '../project/modules.ts'

/** The configuration as `next build` has left it. */
export type NextConfig = Readonly<Record<string, unknown>> & {
  readonly basePath?: string
  readonly i18n?: unknown
  readonly trailingSlash?: boolean
  readonly cacheMaxMemorySize?: number
  readonly experimental?: Readonly<Record<string, unknown>>
}

/** The members of `prerender-manifest.json` that are read here. */
export interface PrerenderManifest {
  /** By path: what was made at build, of which route. */
  readonly routes: Readonly<Record<string, { readonly srcRoute: string | null }>>
  /** By route: those whose paths may be made later. */
  readonly dynamicRoutes: Readonly<Record<string, unknown>>
}

/** One build of the project by its own Next.js. */
export class ProjectNext {
  /** Absolute path of what `next build` has written. */
  readonly distDir: string
  readonly config: NextConfig
  readonly #require: NodeJS.Require
  #prerenderManifest: PrerenderManifest | undefined

  constructor(distDir: string) {
    this.distDir = distDir
    leaveToNext(distDir)
    this.config = this.read<{ config: NextConfig }>('required-server-files.json').config
    this.#require = createRequire(join(distDir, 'server', 'entry.js'))
  }

  /** `prerender-manifest.json`: what was made at build. */
  get prerenderManifest(): PrerenderManifest {
    return (this.#prerenderManifest ??= this.read<PrerenderManifest>('prerender-manifest.json'))
  }

  /** A file of JSON that `next build` has written. */
  read<T>(name: string): T {
    return JSON.parse(fs.readFileSync(join(this.distDir, name), 'utf8')) as T
  }

  /**
   * A module, by its absolute path or by its name in the package: `next/dist/server/web/sandbox`.
   */
  load<T>(name: string): T {
    return this.#require(name) as T
  }
}

const known = new Map<string, ProjectNext>()

/**
 * The build that an entry of a generation belongs to: entries lie in a folder `server` of what
 * `next build` has written.
 */
export function projectNextOf({ folder }: Generation, module: string): ProjectNext {
  const distDir = join(folder, module.slice(0, module.indexOf('/server/')))
  let next = known.get(distDir)
  if (next === undefined) known.set(distDir, (next = new ProjectNext(distDir)))
  return next
}
