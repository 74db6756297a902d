/** What the build of routes in C++ is asked and what it answers. */
import type { Mode } from '../base/phases.ts'

/** `[native]` of millrace.toml. */
export interface NativeSettings {
  /** Empty for `$CXX`, else `c++`. */
  readonly compiler: string
  readonly flags: readonly string[]
  /** Folders for `#include`, absolute or relative to the project. */
  readonly include: readonly string[]
  readonly libraries: readonly string[]
  /** Packages that pkg-config knows. */
  readonly pkg_config: readonly string[]
  /** Globs of sources that all routes share, relative to the project. */
  readonly sources: readonly string[]
  /** A CMakeLists.txt that builds the routes instead, relative to the project; empty for none. */
  readonly cmake: string
}

/** What a project says that says nothing. */
export const plainSettings: NativeSettings = {
  compiler: '',
  flags: [],
  include: [],
  libraries: [],
  pkg_config: [],
  sources: [],
  cmake: '',
}

/** A file that becomes a shared object. */
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
  /** The folder of what lies beside the server. */
  readonly share: string
}

/** What a shared object says of itself (`millrace-native-worker --describe`). */
export interface Description {
  readonly methods: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
  readonly matcher?: readonly string[]
}

/** What became of a unit. */
export interface BuiltUnit {
  /** Relative to the output folder. */
  readonly module: string
  /** Null for one that failed. */
  readonly description: Description | null
  /** Bytes. */
  readonly size: number
}

/** What became of all units. */
export interface NativeBuild {
  /** By file. */
  readonly units: ReadonlyMap<string, BuiltUnit>
  /** The compiler's messages, each with the route's name before it. */
  readonly problems: readonly string[]
  /** What is built all the same, but may not be meant so. */
  readonly warnings: readonly string[]
  /** Absolute paths of the files that were read. */
  readonly inputs: readonly string[]
}

/** Whether a file of a route, or a proxy file, is in C++. */
export function isNativeFile(file: string): boolean {
  return file.endsWith('.cpp')
}
