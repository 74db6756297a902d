import type { ModuleList } from './dev_modules.ts'
import type { Instrumentation } from './instrumentation.ts'
import type { Manifest, Route } from './manifest.ts'

/** The content of a `load` frame. */
export interface LoadCommand {
  /** Increases with each load of one server. */
  readonly generation: number
  /** Absolute path of the manifest. */
  readonly manifest: string
  /** Absolute path of the project. */
  readonly root: string
  readonly mode: 'development' | 'production'
  /** Variables to set in the environment; null removes one. */
  readonly env?: Readonly<Record<string, string | null>>
  /** Whether each route's module is imported before the worker is ready. */
  readonly eager?: boolean
  /** Whether log lines carry the stream of the request that they belong to. */
  readonly followsRequests?: boolean
}

/** A set of routes loaded together, with the modules imported so far. */
export interface Generation {
  readonly number: number
  readonly root: string
  /** Folder of the manifest; module paths are relative to it. */
  readonly folder: string
  readonly development: boolean
  readonly manifest: Manifest
  /** The project's modules, if they are compiled one by one (development); otherwise null. */
  readonly modules: ModuleList | null
  /** By number; the middleware, if there is one, is after the last route. */
  readonly routes: readonly LoadedRoute[]
  /** The exports of the project's `instrumentation` file, once `register()` has run. */
  instrumentation: Instrumentation | null
}

/** A route of a generation. */
export interface LoadedRoute {
  readonly route: Route
  readonly generation: Generation
  /** The number of the route in invocations. */
  readonly number: number
  /**
   * A `RunRoute`, which only routes/dispatch.ts sets and calls; undefined until the module has been
   * imported. The type is erased because generations do not depend on invocations.
   */
  run: ((invocation: never) => void) | undefined
  readonly usage: RouteUsage
}

/** The usage of a route since the last sample. */
export interface RouteUsage {
  invocations: number
  /** CPU time as far as it can be attributed: see turn_clock.ts. */
  milliseconds: number
}

/** The namespace object of a route's module. */
export type RouteModule = Readonly<Record<string, unknown>>
