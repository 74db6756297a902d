/**
 * Implements the complete `build` command: builds the routes, evaluates static `GET`s, and writes
 * the manifest once, at the end.
 */
import { compressFiles } from './assets/compressed_files.ts'
import type { BuildOutcome, BuildRequest, RouteBundler } from './bundle/types.ts'
import type { ProjectConfig } from './config/normalise.ts'
import {
  type BuildTarget,
  type FoundRoute,
  type Manifest,
  manifestOf,
  withStaticResponses,
} from './manifest/manifest.ts'
import { keepOutOfGit, writeManifest } from './manifest/write.ts'
import { findNext } from './next_engine/installed.ts'
import { prerender } from './prerender/prerender.ts'
import { buildProject } from './project_build.ts'
import type { CompiledRules } from './rules/rules.ts'
import { faultOfTarget, makeStandalone } from './standalone/standalone.ts'

/** The server's request. */
export interface BuildCommandRequest extends Omit<BuildRequest, 'lenient'> {
  /** Absolute path of the manifest: in `outdir` or a folder above it. */
  readonly manifest: string
  readonly buildId: string
  /** The program that builds, for the manifest. */
  readonly generator: string
  /** From the reply to the `config` command. */
  readonly config: ProjectConfig
  readonly rules: CompiledRules | null
  readonly routes: readonly FoundRoute[]
  /** Absolute path of a folder to make that can be served elsewhere; null for none. */
  readonly standalone: string | null
}

/** The response: `errors` if there is no manifest. */
export interface BuildCommandReply {
  readonly errors?: readonly string[]
  /** Size of each route's module in bytes, in the order of the routes. */
  readonly sizes?: readonly number[]
  readonly problems?: readonly string[]
  readonly warnings?: readonly string[]
  readonly notes?: readonly string[]
  /** In development: the paths of the routes that were compiled. */
  readonly compiled?: readonly string[]
  /** The folder to start, if one was to be made. */
  readonly standalone?: string
  /** Files whose change makes the build stale; paths inside the project are relative to it. */
  readonly inputs: readonly string[]
}

/** Builds and writes; never rejects for errors of the user's. */
export async function runBuildCommand(
  request: BuildCommandRequest,
  bundler: RouteBundler,
): Promise<BuildCommandReply> {
  const { root, manifest: path, routes, mode, config } = request
  const fault = request.standalone === null ? null : faultOfTarget(root, request.standalone)
  if (fault !== null) return { errors: [fault], inputs: [] }
  // Before anything secret is written.
  await keepOutOfGit(root)
  const built = await buildProject(request, bundler)
  const { inputs = [] } = built
  if (built.errors !== undefined) return { errors: built.errors, inputs }
  const made = await manifestFor(request, built)
  if ('errors' in made) return { ...made, inputs }
  if (mode === 'production' && config.compress !== false) await compressFiles(request)
  await writeManifest(path, made.manifest, root)
  const standalone = await standaloneFor(request, built)
  return {
    ...standalone,
    sizes: routes.map(({ file }) => built.outputs?.[file]?.size ?? 0),
    problems: built.problems ?? [],
    warnings: built.warnings ?? [],
    notes: built.notes ?? [],
    ...(built.compiled === undefined ? {} : { compiled: pathsOf(routes, built.compiled) }),
    inputs,
  }
}

function pathsOf(routes: readonly FoundRoute[], files: readonly string[]): string[] {
  const compiled = new Set(files)
  return routes.flatMap(({ file, path }) => (compiled.has(file) ? path : []))
}

/** Makes the folder that can be served elsewhere. Rejects if files cannot be copied. */
async function standaloneFor(
  { root, outdir, standalone: target, config }: BuildCommandRequest,
  built: BuildOutcome,
): Promise<{ standalone?: string }> {
  if (target === null) return {}
  const found = findNext(root)
  const next = 'next' in found ? found.next.folder : null
  const traced = built.traced ?? null
  return { standalone: await makeStandalone({ root, outdir, target, config, traced, next }) }
}

async function manifestFor(
  request: BuildCommandRequest,
  built: BuildOutcome,
): Promise<{ manifest: Manifest } | { errors: readonly string[] }> {
  const {
    root,
    outdir,
    manifest: path,
    buildId,
    mode,
    generator,
    config,
    rules,
    routes,
    env,
  } = request
  const target: BuildTarget = { outdir, manifest: path, buildId, mode, generator }
  const manifest = manifestOf({ target, config, rules, routes, built, builtAt: Date.now() })
  if (built.prerender !== true) return { manifest }
  const found = await prerender({ root, manifest, path, outdir, env })
  if ('errors' in found) return found
  return { manifest: withStaticResponses({ ...manifest, built_at: Date.now() }, target, found) }
}
