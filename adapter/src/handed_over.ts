/**
 * What the adapter leaves for Millrace's builder: a JSON file, written last of all that `next
 * build` does.
 */

/**
 * Names of the environment variables by which Millrace's builder tells the adapter what it wants.
 */
export const variables = {
  /**
   * Where `next build` or `next dev` is to write, relative to the project; the project's own
   * `distDir` where it is missing.
   */
  distDir: 'MILLRACE_NEXT_DIST_DIR',
  /** Absolute path of the file to write when the build is complete. */
  output: 'MILLRACE_NEXT_OUTPUT',
} as const

/** The version of this format. */
export const handedOverVersion = 2

/** One route that `next build` has compiled. */
export interface HandedOverRoute {
  /** As Next.js writes it, without `basePath`: `/api/users/[id]`. */
  readonly pathname: string
  readonly kind: 'pages' | 'app'
  readonly runtime: 'nodejs' | 'edge'
  /** Absolute path of the module that exports `handler`. */
  readonly file: string
  /** Seconds; null where the route says nothing. */
  readonly maxDuration: number | null
  /** As Next.js's own manifests name it: `/(group)/api/users/[id]/route`. */
  readonly page: string
}

/** One page that `next build` has compiled. */
export interface HandedOverPage {
  /** As Next.js writes it, without `basePath`: `/blog/[slug]`, `/_not-found`. */
  readonly pathname: string
  readonly kind: 'page' | 'app-page'
  readonly runtime: 'nodejs' | 'edge'
  /** Absolute path of the module that exports `handler`, or of the HTML of a static page. */
  readonly file: string
  /** Seconds; null where the page says nothing. */
  readonly maxDuration: number | null
  /** As Next.js's own manifests name it: `/blog/[slug]/page`, `/old/[id]`. */
  readonly page: string
}

/** The whole file. */
export interface HandedOver {
  readonly version: typeof handedOverVersion
  readonly nextVersion: string
  readonly buildId: string
  /** Absolute. */
  readonly distDir: string
  readonly routes: readonly HandedOverRoute[]
  /** Those of both routers, static ones and the pages of errors among them. */
  readonly pages: readonly HandedOverPage[]
}
