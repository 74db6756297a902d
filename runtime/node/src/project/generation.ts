import type { Instrumentation } from './instrumentation.ts'
import type { Manifest, Route } from './manifest.ts'

/** What a `load` frame says. */
export interface LoadCommand {
  /** Grows with each load of one server. */
  readonly generation: number
  /** Absolute path of the manifest. */
  readonly manifest: string
  /** Absolute path of the project. */
  readonly root: string
  readonly mode: 'development' | 'production'
  /** Names to set in the environment; null removes one. */
  readonly env?: Readonly<Record<string, string | null>>
  /** Whether each route's module is imported before the worker is ready. */
  readonly eager?: boolean
}

/** A set of routes loaded together, with the modules that have been used so far. */
export interface Generation {
  readonly number: number
  readonly root: string
  /** Folder of the manifest; modules are relative to it. */
  readonly folder: string
  readonly development: boolean
  readonly manifest: Manifest
  /** By number; the middleware file, where there is one, stands after the last route. */
  readonly routes: readonly LoadedRoute[]
  /** What the project's `instrumentation` file exports, once it has been registered. */
  instrumentation: Instrumentation | null
}

/** A route of a generation. */
export interface LoadedRoute {
  readonly route: Route
  readonly generation: Generation
  /** As invocations name it. */
  readonly number: number
  /**
   * A `RunRoute`, which routes/dispatch.ts keeps here and alone calls; undefined until the module
   * has been imported. Generations know nothing of invocations.
   */
  run: ((invocation: never) => void) | undefined
  readonly usage: RouteUsage
}

/** What a route has used since the last sample. */
export interface RouteUsage {
  invocations: number
  /** Of CPU, as far as it is booked: see turn_clock.ts. */
  milliseconds: number
}

/** The namespace object of a route's module. */
export type RouteModule = Readonly<Record<string, unknown>>
