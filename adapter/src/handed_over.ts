/**
 * The file that the adapter writes for Millrace's builder: JSON, written at the end of `next
 * build`.
 */

/** The environment variables by which Millrace's builder configures the adapter. */
export const variables = {
  /**
   * The output folder of `next build` or `next dev`, relative to the project; the project's own
   * `distDir` if unset.
   */
  distDir: 'MILLRACE_NEXT_DIST_DIR',
  /** Absolute path of the file to write when the build is complete. */
  output: 'MILLRACE_NEXT_OUTPUT',
  /** The `deploymentId` of a project that sets none; unset: none. */
  deploymentId: 'MILLRACE_NEXT_DEPLOYMENT_ID',
  /** Absolute path of the project's own adapter; unset without one. */
  ownAdapter: 'MILLRACE_NEXT_OWN_ADAPTER',
} as const

/** The version of this format. */
export const handedOverVersion = 5

/** A route that `next build` has compiled. */
export interface HandedOverRoute {
  /** The route's path as Next.js writes it, without `basePath`: `/api/users/[id]`. */
  readonly pathname: string
  readonly kind: 'pages' | 'app'
  readonly runtime: 'nodejs' | 'edge'
  /** Absolute path of the module that exports `handler`. */
  readonly file: string
  /** Seconds; null if the route sets none. */
  readonly maxDuration: number | null
  /** The route's name in Next.js's manifests: `/(group)/api/users/[id]/route`. */
  readonly page: string
}

/** A page that `next build` has compiled. */
export interface HandedOverPage {
  /** The path as Next.js writes it, without `basePath`: `/blog/[slug]`, `/_not-found`. */
  readonly pathname: string
  readonly kind: 'page' | 'app-page'
  readonly runtime: 'nodejs' | 'edge'
  /** Absolute path of the module that exports `handler`, or of the HTML of a static page. */
  readonly file: string
  /** Seconds; null if the page sets none. */
  readonly maxDuration: number | null
  /** The name in Next.js's manifests: `/blog/[slug]/page`, `/old/[id]`. */
  readonly page: string
  /** Null if no response may be cached. */
  readonly caching: HandedOverCaching | null
}

/** How the server may cache the responses of a page. */
export interface HandedOverCaching {
  /** Whether paths that were not made at build time are rendered when they are requested. */
  readonly dynamicParams: boolean
  /** Whether such a path first answers with the page's fallback. */
  readonly fallback: boolean
  /** Whether a part of the page is rendered for each request (PPR). */
  readonly partial: boolean
}

/** One response of a page that was made at build time. */
export interface HandedOverPrerender {
  /** The page's `pathname`. */
  readonly page: string
  /** The path of the response's URL, without `basePath`, locale and what makes it a variant. */
  readonly path: string
  /**
   * What of the page it is: empty for HTML, `rsc` for the payload of a navigation, `segment:/_tree`
   * for that of a segment's prefetch, `data` for the properties of a page of the Pages Router.
   */
  readonly variant: string
  /** The locale of a page of the Pages Router; null in a project without locales. */
  readonly locale: string | null
  readonly status: number
  /** Field lines as in the response of a worker to a `fill`. */
  readonly fields: string
  /** Absolute path of the file of the body. */
  readonly file: string
  /** What the rest of a partial page is rendered with; null if the body is the whole page. */
  readonly postponed: string | null
}

/** The complete file. */
export interface HandedOver {
  readonly version: typeof handedOverVersion
  readonly nextVersion: string
  readonly buildId: string
  /** Absolute. */
  readonly distDir: string
  readonly routes: readonly HandedOverRoute[]
  /** Pages of both routers, including static pages and error pages. */
  readonly pages: readonly HandedOverPage[]
  readonly prerenders: readonly HandedOverPrerender[]
  /** The name of the project's own adapter, which has run too; null without one. */
  readonly ownAdapter: string | null
  /**
   * Absolute paths of the files that the entries need at run time, as Next.js has traced them, by
   * their paths from the root of the traced files. Both are the same file unless Next.js has made
   * one for another's place.
   */
  readonly traced: Readonly<Record<string, string>>
  /** Absolute path of the root of the traced files. */
  readonly tracingRoot: string
}
