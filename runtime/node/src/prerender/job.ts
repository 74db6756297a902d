/** What the builder and the program that evaluates static `GET`s say to each other. */

/** What the builder asks for. */
export interface PrerenderJob {
  /** The manifest, parsed: it is not written yet. */
  readonly manifest: object
  /** Absolute path where it will be; its modules are there already. */
  readonly path: string
  /** Absolute path of the project. */
  readonly root: string
  readonly env: Readonly<Record<string, string>>
  /** Numbers of the routes whose modules are loaded to see that they can be. */
  readonly load: readonly number[]
  /** How long a module may take to load, in milliseconds. */
  readonly loadWithin: number
  /** Numbers of the routes to look at. */
  readonly routes: readonly number[]
  /** Evaluate every `GET` (`cacheComponents`). */
  readonly everything: boolean
}

/**
 * What the program says before its result: the route that it loads next, so that one which ends the
 * process has a name.
 */
export interface PrerenderProgress {
  readonly loading: number
}

/** An answer that was made at build. */
export interface PrerenderedAnswer<Body> {
  /** The route's number. */
  readonly route: number
  /** Escaped, without basePath. */
  readonly path: string
  /** The path's parameters as the link carries them. */
  readonly parameters: string
  readonly status: number
  /** `Name: value\r\n` for each, Latin-1, with those that say how long it may be kept. */
  readonly fields: string
  readonly body: Body
}

/** What the builder gets. */
export interface PrerenderResult {
  /** By number: routes whose `GET`s are answered from the cache. */
  readonly cached: Readonly<Record<number, CachedRoute>>
  /** Bodies are Base64. */
  readonly answers: readonly PrerenderedAnswer<string>[]
  /** The build is over: these answers could not be made. */
  readonly errors: readonly string[]
}

/** What is known of a route whose `GET`s are answered from the cache. */
export interface CachedRoute {
  /** Whether paths that were not made at build are made when they are asked for. */
  readonly dynamicParams: boolean
}
