/**
 * Defines the manifest of a build, as docs/manifest.md describes it, and assembles it from the
 * results of a build's parts. Nothing is added to it afterwards.
 */
import { dirname, relative } from 'node:path'
import {
  type ManifestPages,
  manifestVersion,
  type RouteParameter,
} from '../../../runtime/node/src/project/manifest.ts'
import type { BuildOutcome, RouteOutput } from '../bundle/types.ts'
import type { RouteSource } from '../project/route_source.ts'
import type { ProjectConfig } from '../config/normalise.ts'
import type { MemoryState } from '../memory_state/report.ts'
import type { MiddlewareDescription } from '../proxy/describe.ts'
import { type CompiledRules, withBeforeFiles } from '../rules/rules.ts'

/** A route as the server has found it. */
export interface FoundRoute extends RouteSource {
  /** In the order in which they occur in the path. */
  readonly parameters: readonly RouteParameter[]
}

/** The project that is built and the place of the results. */
export interface BuildTarget {
  /** Absolute path of the folder of the bundles. */
  readonly outdir: string
  /** Absolute path of the manifest: in `outdir` or a folder above it. */
  readonly manifest: string
  readonly buildId: string
  readonly mode: 'development' | 'production'
  /** The program that builds: `millrace 0.1.0`. */
  readonly generator: string
}

/** An entry of `routes`; its index there is its number on the link. */
export interface ManifestRoute {
  readonly path: string
  readonly kind: 'pages' | 'app' | 'page' | 'app-page' | 'image'
  readonly file: string
  readonly parameters: readonly RouteParameter[]
  readonly module: string
  readonly methods: readonly string[] | null
  readonly options: Readonly<Record<string, unknown>>
  readonly engine?: 'next'
  /** In development: the route is compiled when a request asks for it. */
  readonly lazy?: true
  readonly cached?: {
    readonly dynamicParams: boolean
    readonly fallback?: boolean
    readonly partial?: boolean
  }
}

/** A static response that was created at build time. */
export interface ManifestResponse {
  /** The route's number. */
  readonly route: number
  /** In the form in which the link carries them. */
  readonly parameters: string
  /** Which form of a page it is; absent for routes. */
  readonly variant?: string
  /** Of a page of the Pages Router in a project with locales. */
  readonly locale?: string
  readonly status: number
  readonly fields: string
  /** The file with the body. */
  readonly body: string
}

/**
 * The complete manifest. Paths of modules and bodies are relative to its folder, those of other
 * files to the project.
 */
export interface Manifest {
  readonly version: number
  readonly build_id: string
  readonly mode: 'development' | 'production'
  readonly generator: string
  /** Milliseconds since the epoch. */
  readonly built_at: number
  readonly config: ProjectConfig
  readonly rules: CompiledRules | null
  readonly middleware:
    | (MiddlewareDescription & {
        readonly module: string
        /** The number on the link: the one after the last route's. */
        readonly number: number
      })
    | null
  readonly instrumentation: {
    readonly file: string
    readonly module: string
    readonly engine?: 'next'
  } | null
  /** Null if the project has no pages, or they are not served. */
  readonly pages: ManifestPages | null
  /** In development: the server for routes of the engine `next`. */
  readonly next_dev: string | null
  /** Whether it also responds to requests that match nothing in the manifest. */
  readonly next_dev_pages?: true
  readonly memory_state: readonly MemoryState[]
  readonly routes: readonly ManifestRoute[]
  readonly prerendered: readonly ManifestResponse[]
}

/** The parts of a manifest, except for the results of evaluating static routes. */
export interface ManifestParts {
  readonly target: BuildTarget
  readonly config: ProjectConfig
  readonly rules: CompiledRules | null
  readonly routes: readonly FoundRoute[]
  /** The result of a build without errors. */
  readonly built: BuildOutcome
  /** Milliseconds since the epoch. */
  readonly builtAt: number
}

/**
 * Returns the manifest of a build without static responses.
 * @throws Error if a route has no output.
 */
export function manifestOf({
  target,
  config,
  rules,
  routes,
  built,
  builtAt,
}: ManifestParts): Manifest {
  const { outputs = {}, middleware, instrumentation, pages = null } = built
  const placed = placedBelow(target)
  const all = [
    ...routes.map((route) => manifestRoute(route, outputs[route.file], placed)),
    ...(pages?.routes ?? []).map((page) => ({ ...page, module: placed(page.module) })),
  ]
  return {
    version: manifestVersion,
    build_id: target.buildId,
    mode: target.mode,
    generator: target.generator,
    built_at: builtAt,
    config,
    rules: withBeforeFiles(rules, pages?.interceptions ?? []),
    middleware: middleware
      ? { ...middleware, module: placed(middleware.module), number: all.length }
      : null,
    instrumentation: instrumentation
      ? { ...instrumentation, module: placed(instrumentation.module) }
      : null,
    pages:
      pages === null
        ? null
        : {
            build_id: pages.buildId,
            not_found: routes.length + pages.notFound,
            ...(pages.images === undefined ? {} : { images: pages.images }),
          },
    next_dev: built.next_dev ?? null,
    ...(built.next_dev_pages === true ? { next_dev_pages: true } : {}),
    memory_state: built.memory_state ?? [],
    routes: all,
    prerendered: (pages?.prerendered ?? []).map(({ route, body, ...response }) => ({
      route: routes.length + route,
      ...response,
      body: placed(body),
    })),
  }
}

/** The results of evaluating static routes. */
export interface StaticResponses {
  /** By number: routes whose `GET` responses the server caches. */
  readonly cached: Readonly<Record<number, { readonly dynamicParams: boolean }>>
  /** The path of a body is relative to the build's folder. */
  readonly prerendered: readonly ManifestResponse[]
}

/** Returns the same manifest with the static responses that were created at build time. */
export function withStaticResponses(
  manifest: Manifest,
  target: BuildTarget,
  { cached, prerendered }: StaticResponses,
): Manifest {
  const placed = placedBelow(target)
  return {
    ...manifest,
    routes: manifest.routes.map((route, number) => {
      const found = cached[number]
      return found === undefined
        ? route
        : { ...route, cached: { dynamicParams: found.dynamicParams } }
    }),
    prerendered: [
      ...prerendered.map(({ route, parameters, status, fields, body }) => ({
        route,
        parameters,
        status,
        fields,
        body: placed(body),
      })),
      ...manifest.prerendered,
    ],
  }
}

function manifestRoute(
  { path, kind, file, parameters }: FoundRoute,
  output: RouteOutput | undefined,
  placed: (path: string) => string,
): ManifestRoute {
  if (output === undefined) throw new Error(`the build has no output for ${file}`)
  const { module, methods, options, engine, lazy } = output
  return {
    path,
    kind,
    file,
    parameters,
    module: placed(module),
    methods,
    options,
    ...(engine === undefined ? {} : { engine }),
    ...(lazy === true ? { lazy } : {}),
  }
}

/** Turns paths relative to the build's folder into paths relative to the manifest's. */
function placedBelow({ outdir, manifest }: BuildTarget): (path: string) => string {
  const folder = relative(dirname(manifest), outdir)
  return (path) => (folder === '' ? path : `${folder}/${path}`)
}
