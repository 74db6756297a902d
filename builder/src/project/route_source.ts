/** A route that the server has found. */
export interface RouteSource {
  readonly path: string
  readonly kind: 'pages' | 'app'
  /** Relative to the project. */
  readonly file: string
  /** Which engine compiles it, as millrace.toml says; `auto` where it says nothing. */
  readonly engine?: 'auto' | 'light' | 'next'
  /** Of a file of `app` whose name alone makes it a route. */
  readonly metadata?: RouteMetadata
}

/** What the server knows of a metadata file by its name. */
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
  /** Whether it makes what is sent; else the file is sent as it is. */
  readonly module: boolean
  /** Whether it makes many: the last segment of the path takes their names. */
  readonly lists: boolean
}
