/**
 * Reads the rewrites that `next build` adds for intercepting routes. The adapter, the builder and
 * the workers need them: for `Vary` of prerendered responses, for the rules of the manifest and for
 * `Vary` of responses that are rendered.
 */

/** The field by which a client says which page it shows. */
export const shownPageField = 'next-url'

/** The file of `next build` that contains the rewrites. */
export const routesManifestFile = 'routes-manifest.json'

/** Such a rewrite; it is complete, with base path. */
export interface InterceptionRewrite {
  readonly source: string
  readonly destination?: string
  readonly has?: readonly {
    readonly type: 'header' | 'cookie' | 'query' | 'host'
    readonly key?: string
    readonly value?: string
  }[]
  /** The source as a regular expression. */
  readonly regex: string
}

/** The part of `routes-manifest.json` that is read here; without rewrites it can be a list. */
export interface RoutesManifest {
  readonly rewrites?:
    | { readonly beforeFiles?: readonly InterceptionRewrite[] }
    | readonly InterceptionRewrite[]
}

/** Returns the rewrites for intercepting routes; of all rewrites, the others are the project's. */
export function interceptionRewrites({ rewrites }: RoutesManifest): InterceptionRewrite[] {
  const beforeFiles = rewrites && 'beforeFiles' in rewrites ? (rewrites.beforeFiles ?? []) : []
  // Next.js recognises them in the same way.
  return beforeFiles.filter(({ has }) => has?.[0]?.key === shownPageField)
}

/** Returns patterns of the paths at which an intercepting route can respond. */
export function interceptedPaths(manifest: RoutesManifest): RegExp[] {
  return interceptionRewrites(manifest).map(({ regex }) => new RegExp(regex))
}
