/**
 * The request and result of the build of routes in C++.
 */
import type { Mode } from '../base/phases.ts'

/** `[native]` of millrace.toml. */
export interface NativeSettings {
  /** Empty selects `$CXX`, or else `c++`. */
  readonly compiler: string
  readonly flags: readonly string[]
  /** Folders for `#include`, absolute or relative to the project. */
  readonly include: readonly string[]
  readonly libraries: readonly string[]
  /** Packages known to pkg-config. */
  readonly pkg_config: readonly string[]
  /** Globs of sources that all routes share, relative to the project. */
  readonly sources: readonly string[]
  /** A CMakeLists.txt that builds the routes instead, relative to the project; may be empty. */
  readonly cmake: string
}

/** The defaults. */
export const defaultSettings: NativeSettings = {
  compiler: '',
  flags: [],
  include: [],
  libraries: [],
  pkg_config: [],
  sources: [],
  cmake: '',
}

/** A file that is compiled to a shared object. */
export interface NativeUnit {
  /** Relative to the project. */
  readonly file: string
  /** For messages: `/api/users/[id]`. */
  readonly path: string
  readonly kind: 'pages' | 'app' | 'proxy'
}

/** What is to be built. */
export interface NativeRequest {
  /** Absolute real path of the project. */
  readonly root: string
  readonly mode: Mode
  readonly outdir: string
  readonly settings: NativeSettings
  readonly units: readonly NativeUnit[]
  /** The folder of the files that are installed beside the server. */
  readonly share: string
}

/** The exports of a shared object (from `millrace-native-worker --describe`). */
export interface Description {
  readonly methods: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
  readonly matcher?: readonly string[]
}

/** The result of a unit. */
export interface BuiltUnit {
  /** Relative to the output folder. */
  readonly module: string
  /** Null if the unit failed. */
  readonly description: Description | null
  /** Bytes. */
  readonly size: number
}

/** The result of all units. */
export interface NativeBuild {
  /** By file. */
  readonly units: ReadonlyMap<string, BuiltUnit>
  /** The compiler's messages, each preceded by the route's name. */
  readonly problems: readonly string[]
  /** Warnings about units that were built but may contain a mistake. */
  readonly warnings: readonly string[]
  /** Absolute paths of the files that were read. */
  readonly inputs: readonly string[]
}

/** Whether a file of a route, or a proxy file, is in C++. */
export function isNativeFile(file: string): boolean {
  return file.endsWith('.cpp')
}
