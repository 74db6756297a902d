/**
 * The `build` command from beginning to end: the routes are built, static `GET`s are evaluated, and
 * the manifest is written, once and last.
 */
import type { Bundler } from './bundle/bundler.ts'
import type { BuildAnswer, BuildRequest } from './bundle/types.ts'
import type { ProjectConfig } from './config/normalise.ts'
import {
  type BuildTarget,
  type FoundRoute,
  type Manifest,
  manifestOf,
  withAnswers,
} from './manifest/manifest.ts'
import { writeManifest } from './manifest/write.ts'
import { prerender } from './prerender/prerender.ts'
import { buildProject } from './project_build.ts'
import type { CompiledRules } from './rules/rules.ts'

/** What the server asks for. */
export interface WholeBuildRequest extends Omit<BuildRequest, 'lenient'> {
  /** Absolute path of the manifest: in `outdir` or a folder above it. */
  readonly manifest: string
  readonly buildId: string
  /** Who builds, for the manifest. */
  readonly generator: string
  /** As the `config` command has answered. */
  readonly config: ProjectConfig
  readonly rules: CompiledRules | null
  readonly routes: readonly FoundRoute[]
}

/** The response: `errors` where there is no manifest. */
export interface WholeBuildResponse {
  readonly errors?: readonly string[]
  /** Bytes of each route's module, in the order of the routes. */
  readonly sizes?: readonly number[]
  readonly problems?: readonly string[]
  readonly warnings?: readonly string[]
  readonly notes?: readonly string[]
  /** Files whose change makes the build stale; relative to the project where inside it. */
  readonly inputs: readonly string[]
}

/** Builds and writes; never rejects for what is the user's to mend. */
export async function buildWhole(
  request: WholeBuildRequest,
  bundler: Bundler,
): Promise<WholeBuildResponse> {
  const { root, manifest: path, routes } = request
  const built = await buildProject(request, bundler)
  const { inputs = [] } = built
  if (built.errors !== undefined) return { errors: built.errors, inputs }
  const made = await manifestFor(request, built)
  if ('errors' in made) return { ...made, inputs }
  await writeManifest(path, made.manifest, root)
  return {
    sizes: routes.map(({ file }) => built.outputs?.[file]?.size ?? 0),
    problems: built.problems ?? [],
    warnings: built.warnings ?? [],
    notes: built.notes ?? [],
    inputs,
  }
}

async function manifestFor(
  request: WholeBuildRequest,
  built: BuildAnswer,
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
  return { manifest: withAnswers({ ...manifest, built_at: Date.now() }, target, found) }
}
