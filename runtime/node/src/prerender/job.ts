/** The messages between the builder and the program that evaluates static `GET` handlers. */

/** The builder's request. */
export interface PrerenderJob {
  /** The manifest, parsed: it has not been written yet. */
  readonly manifest: object
  /** Absolute path where it will be written; its modules are there already. */
  readonly path: string
  /** Absolute path of the project. */
  readonly root: string
  readonly env: Readonly<Record<string, string>>
  /** Numbers of the routes whose modules are loaded to check that they can be. */
  readonly load: readonly number[]
  /** How long a module may take to load, in milliseconds. */
  readonly loadWithin: number
  /** Numbers of the routes to evaluate if they are static. */
  readonly routes: readonly number[]
  /** Whether every `GET` is evaluated (`cacheComponents`). */
  readonly everything: boolean
}

/**
 * Sent before the result: the route that is loaded next, so that the builder can name a route that
 * ends the process.
 */
export interface PrerenderProgress {
  readonly loading: number
}

/** A response made at build time. */
export interface PrerenderedResponse<Body> {
  /** The route's number. */
  readonly route: number
  /** Percent-encoded, without basePath. */
  readonly path: string
  /** The path's parameters as the link encodes them. */
  readonly parameters: string
  readonly status: number
  /**
   * `Name: value\r\n` for each field, Latin-1, including those that say how long it may be cached.
   */
  readonly fields: string
  readonly body: Body
}

/** The result for the builder. */
export interface PrerenderResult {
  /** By number: the routes whose `GET` is served from the cache. */
  readonly cached: Readonly<Record<number, CachedRoute>>
  /** Bodies are Base64. */
  readonly responses: readonly PrerenderedResponse<string>[]
  /** Responses that could not be made; any of them fails the build. */
  readonly errors: readonly string[]
}

/** A route whose `GET` is served from the cache. */
export interface CachedRoute {
  /** Whether paths not evaluated at build time are evaluated on request. */
  readonly dynamicParams: boolean
}
