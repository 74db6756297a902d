/**
 * A route that the server has discovered.
 */
export interface RouteSource {
  readonly path: string
  readonly kind: 'pages' | 'app'
  /** Relative to the project. */
  readonly file: string
  /** The engine that millrace.toml sets for the route; `auto` is the default. */
  readonly engine?: 'auto' | 'light' | 'next'
  /** Set for a file of `app` whose name alone makes it a route. */
  readonly metadata?: RouteMetadata
}

/** What the server knows of a metadata file from its name. */
export interface RouteMetadata {
  readonly kind:
    | 'robots'
    | 'sitemap'
    | 'manifest'
    | 'favicon'
    | 'icon'
    | 'apple-icon'
    | 'opengraph-image'
    | 'twitter-image'
  /** Whether its code generates the response; otherwise the file is sent as it is. */
  readonly module: boolean
  /** Whether it generates several results: the last segment of the path is their id. */
  readonly lists: boolean
}
