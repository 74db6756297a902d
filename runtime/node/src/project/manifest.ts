import { fs } from '../base/builtins.ts'

/** A dynamic segment of a route, in the order of the path. */
export interface RouteParameter {
  readonly name: string
  readonly kind: 'single' | 'catch-all' | 'optional-catch-all'
}

/** What a `pages/api` file declares statically in `export const config`. */
export interface PagesApiOptions {
  readonly bodyParser?: boolean | { readonly sizeLimit?: string | number }
  readonly responseLimit?: boolean | string | number
  readonly externalResolver?: boolean
}

/** Statically known configuration of a route; see docs/manifest.md. */
export interface RouteOptions {
  readonly api?: PagesApiOptions
  readonly runtime?: string
  readonly maxDuration?: number
  readonly dynamic?: string
  readonly revalidate?: number | false
  readonly [name: string]: unknown
}

/** One entry of the manifest's `routes`; its index is its number on the link. */
export interface Route {
  /** As in Next.js: `/api/users/[id]`. */
  readonly path: string
  readonly kind: 'pages' | 'app' | 'page' | 'app-page' | 'image' | 'middleware'
  /** Relative to the project. */
  readonly file: string
  readonly parameters: readonly RouteParameter[]
  /** Relative to the manifest's folder. */
  readonly module: string
  /** The methods that an app route exports; null for a Pages route. */
  readonly methods: readonly string[] | null
  readonly options: RouteOptions
  /** What compiled the route: Millrace's own bundler, or the project's `next build`. */
  readonly engine: 'light' | 'next'
}

/**
 * The parts of next.config that the worker reads, completed by the builder; other keys are
 * accessible by name.
 */
export interface ProjectConfig {
  readonly basePath: string
  readonly trailingSlash: boolean
  readonly poweredByHeader: boolean
  readonly generateEtags: boolean
  /** Seconds. */
  readonly expireTime: number
  readonly i18n?: { readonly locales: readonly string[] } | null
  readonly [name: string]: unknown
}

/** A parsed `manifest.json`. */
export interface Manifest {
  readonly version: number
  readonly buildId: string
  readonly mode: string
  readonly config: ProjectConfig
  readonly routes: readonly Route[]
  /** The middleware in the shape of a route; null if there is none. */
  readonly middleware: Route | null
  /** The middleware's number on the link: the one after the last route. */
  readonly middlewareNumber: number
  readonly instrumentation: InstrumentationFile | null
  /** Null if the project has no pages, or they are not served. */
  readonly pages: ManifestPages | null
}

/** What the project's `next build` has made besides routes. */
export interface ManifestPages {
  /** Next.js's name of the build. */
  readonly build_id: string
  /** The number of the route that responds to paths that nothing else matches. */
  readonly not_found: number
  /** Absent if the build has no route of the kind `image`. */
  readonly images?: ManifestImages
}

/** What the server checks of requests for optimised images, from `images` of next.config. */
export interface ManifestImages {
  /** False if the project optimises images elsewhere or not at all: requests get 404. */
  readonly enabled: boolean
  /** `deviceSizes` and `imageSizes`. */
  readonly sizes: readonly number[]
  /** Any if absent. */
  readonly qualities?: readonly number[]
  /** Any local image if absent; `pathname` is a regular expression. */
  readonly local_patterns?: readonly { readonly pathname: string; readonly search?: string }[]
  /** `hostname` and `pathname` are regular expressions. */
  readonly remote_patterns: readonly {
    readonly protocol?: string
    readonly hostname: string
    readonly port?: string
    readonly pathname: string
    readonly search?: string
  }[]
  readonly domains: readonly string[]
}

/** The project's `instrumentation` file. */
export interface InstrumentationFile {
  /** Relative to the project. */
  readonly file: string
  /** Relative to the manifest's folder. */
  readonly module: string
  /** What compiled it; Millrace's own bundler if absent. */
  readonly engine?: 'next'
}

/** The version of the format, which the builder writes and workers read (kManifestVersion). */
export const manifestVersion = 3

/**
 * Reads a manifest.
 * @throws Error whose message names the file, what was expected and how to fix it.
 */
export function readManifest(path: string): Manifest {
  let json: unknown
  try {
    json = JSON.parse(fs.readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Error(
      `${path}: cannot be read as JSON (${(error as Error).message}); run \`millrace build\` again`,
    )
  }
  return parseManifest(json, path)
}

/**
 * Validates a manifest that has been parsed as JSON.
 * @param path of the file, which need not exist yet: for messages.
 * @throws Error as {@link readManifest} does.
 */
export function parseManifest(json: unknown, path: string): Manifest {
  const object = json as Record<string, unknown> | null
  if (object?.['version'] !== manifestVersion) {
    const found = JSON.stringify(object?.['version'])
    throw new Error(
      `${path}: expected manifest version ${manifestVersion}, found ${found}; run \`millrace build\` again`,
    )
  }
  if (!Array.isArray(object['routes'])) {
    throw new Error(`${path}: "routes" must be an array; run \`millrace build\` again`)
  }
  if (typeof object['config'] !== 'object' || object['config'] === null) {
    throw new Error(`${path}: "config" must be an object; run \`millrace build\` again`)
  }
  const middleware = middlewareOf(object['middleware'], object['routes'].length, path)
  return {
    version: manifestVersion,
    buildId: String(object['build_id'] ?? ''),
    mode: String(object['mode'] ?? 'production'),
    config: object['config'] as ProjectConfig,
    routes: (object['routes'] as Partial<Route>[]).map(routeWithDefaults),
    middleware,
    middlewareNumber: object['routes'].length,
    instrumentation: (object['instrumentation'] as InstrumentationFile | null | undefined) ?? null,
    pages: (object['pages'] as ManifestPages | null | undefined) ?? null,
  }
}

function middlewareOf(given: unknown, routes: number, path: string): Route | null {
  if (typeof given !== 'object' || given === null) return null
  const { file, module, number } = given as Partial<Route> & { readonly number?: unknown }
  if (number !== routes) {
    throw new Error(
      `${path}: middleware.number: expected ${routes}, found ${JSON.stringify(number)}; run \`millrace build\` again`,
    )
  }
  return routeWithDefaults({
    path: '/',
    kind: 'middleware',
    file: file ?? '',
    module: module ?? '',
  })
}

/** All routes have one object shape, so that reading them stays fast. */
function routeWithDefaults(route: Partial<Route>): Route {
  return {
    path: route.path ?? '',
    kind: route.kind ?? 'pages',
    file: route.file ?? '',
    parameters: route.parameters ?? [],
    module: route.module ?? '',
    methods: route.methods ?? null,
    options: route.options ?? {},
    engine: route.engine ?? 'light',
  }
}
