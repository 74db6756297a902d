/** A route that the server has found. */
export interface RouteSource {
  readonly path: string
  readonly kind: 'pages' | 'app'
  /** Relative to the project. */
  readonly file: string
  /** Which engine compiles it, as millrace.toml says; `auto` where it says nothing. */
  readonly engine?: 'auto' | 'light' | 'next'
}
