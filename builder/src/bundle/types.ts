/**
 * The requests and results of the parts of a build.
 */
import type { MiddlewareDescription } from '../proxy/describe.ts'
import type { MemoryState } from '../memory_state/report.ts'
import type { ProjectConfig } from '../config/normalise.ts'
import type { NativeSettings } from '../native/types.ts'
import type { Needs } from './needs.ts'
import type { Mode } from '../base/phases.ts'
import type { ManifestImages, RouteParameter } from '../../../runtime/node/src/project/manifest.ts'
import type { CompiledRule } from '../rules/rules.ts'
import type { RouteSource } from '../project/route_source.ts'

/** What is to be built. */
export interface BuildRequest {
  /** Absolute real path of the project. */
  readonly root: string
  readonly mode: Mode
  /** Absolute path of the folder to write into. */
  readonly outdir: string
  readonly config: Partial<ProjectConfig>
  /** Variables of the project's environment, for values that are inlined. */
  readonly env: Readonly<Record<string, string>>
  readonly routes: readonly RouteSource[]
  /** Files of pages to serve, relative to the project. */
  readonly pages?: readonly string[]
  /** Whether a route without a usable handler is a warning, also in production. */
  readonly allowUnusable?: boolean
  /** How routes in C++ are compiled; absent if millrace.toml does not configure it. */
  readonly native?: NativeSettings
  /**
   * If set, a module that this bundler cannot compile, but Next.js's may, is not an error: `needs`
   * names it.
   */
  readonly lenient?: boolean
  /** Set for a development server. */
  readonly dev?: DevStep
}

/** What a build of a development server is for. */
export interface DevStep {
  /**
   * Absolute paths of the files whose contents have changed since the last build; null if anything
   * may have changed.
   */
  readonly changes: readonly string[] | null
  /** Files of the routes that are asked for, relative to the project. */
  readonly wanted: readonly string[]
}

/** Builds routes in JavaScript. */
export interface RouteBundler {
  /** Builds into `request.outdir`. */
  build(request: BuildRequest): Promise<BuildOutcome>
  /** Releases what is kept between builds. */
  close(): Promise<void>
}

/** The result for one route. */
export interface RouteOutput {
  /** Relative to the output folder. */
  module: string
  /** Exported methods of an `app` route; null if only running the module can tell. */
  methods: string[] | null
  /** The options that the source states statically, see docs/manifest.md. */
  options: Record<string, unknown>
  /** Size of the module in bytes, without what it shares with others. */
  size: number
  /** Set if the project's own `next build` compiled the route. */
  engine?: 'next'
  /** In development: set if the route is not compiled, because no request has asked for it. */
  lazy?: boolean
}

/** The manifest's `middleware`. */
export interface MiddlewareOutput extends MiddlewareDescription {
  /** Relative to the output folder. */
  readonly module: string
}

/** The manifest's `instrumentation`. */
export interface InstrumentationOutput {
  readonly file: string
  /** Relative to the output folder. */
  readonly module: string
  /** Set if the project's own `next build` compiled it. */
  readonly engine?: 'next'
}

/** Files that the entries of `next build` need at run time. */
export interface TracedFiles {
  /** Absolute paths of files by their places, relative to `root`. */
  readonly files: Readonly<Record<string, string>>
  /** Absolute path of a folder that contains the project. */
  readonly root: string
}

/** The project's pages as compiled by `next build`. */
export interface PagesOutput {
  /** Next.js's name of the build. */
  readonly buildId: string
  /** Modules are relative to the output folder. */
  readonly routes: readonly (PageRoute | ImageRoute)[]
  /** The index in `routes` of the page for paths that match no route. */
  readonly notFound: number
  /** The rewrites of intercepting routes, which precede files and pages. */
  readonly interceptions: readonly CompiledRule[]
  /** Responses that were made at build time. */
  readonly prerendered: readonly PrerenderedPage[]
  /** The configuration of the image route, if there is one. */
  readonly images?: ManifestImages
}

/** A response of a page that was made at build time. */
export interface PrerenderedPage {
  /** The index of the page in `routes` of the output. */
  readonly route: number
  /** As the link carries them. */
  readonly parameters: string
  /** See docs/manifest.md. */
  readonly variant: string
  readonly locale?: string
  readonly status: number
  readonly fields: string
  /** The file of the body, relative to the output folder. */
  readonly body: string
}

/** A page as the manifest has it. */
export interface PageRoute {
  readonly path: string
  readonly kind: 'page' | 'app-page'
  readonly file: string
  readonly parameters: readonly RouteParameter[]
  readonly module: string
  readonly methods: null
  readonly options: Readonly<Record<string, unknown>>
  readonly engine: 'next'
  /** Set if the page has server actions. */
  readonly actions?: boolean
  readonly cached?: {
    readonly dynamicParams: boolean
    readonly fallback: boolean
    readonly partial: boolean
  }
}

/** The image optimiser as the manifest has it. */
export interface ImageRoute extends Omit<PageRoute, 'kind'> {
  readonly kind: 'image'
}

/** The result of a build: `outputs`, or `errors` if nothing was written. */
export interface BuildOutcome {
  outputs?: Record<string, RouteOutput>
  /** Whether there are routes to load, and possibly static `GET`s to evaluate. */
  prerender?: boolean
  middleware?: MiddlewareOutput | null
  instrumentation?: InstrumentationOutput | null
  /** Pages that `next build` has compiled. */
  pages?: PagesOutput
  /** Set if `next build` has run. */
  traced?: TracedFiles
  errors?: string[]
  /** With `errors`: whether Next.js's bundler may compile what they refer to. */
  elsewhere?: boolean
  /** In development: the compiler's messages for files that now throw them. */
  problems?: string[]
  warnings?: string[]
  /** In development: the files of the routes that were compiled. */
  compiled?: string[]
  /** In development: the server for routes of the engine `next`, `http://HOST:PORT`. */
  next_dev?: string
  /** In development: whether that server also serves the project's pages. */
  next_dev_pages?: boolean
  /** Notes for the user, one line each. */
  notes?: string[]
  /** The reasons against the light engine, by entry. */
  needs?: Needs
  /** Values that code for requests keeps in its process's memory. */
  memory_state?: readonly MemoryState[]
  /** Files whose change makes the build stale; paths inside the project are relative to it. */
  inputs?: string[]
}
