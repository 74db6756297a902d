/**
 * Routes in JavaScript, each compiled by the engine that its settings and its modules ask for: `light` is Millrace's own
 * bundler, `next` the project's `next build`. docs/engines.md says which takes what.
 */
import { join, relative } from 'node:path'
import type { HandedOver, HandedOverRoute } from '../../../adapter/src/handed_over.ts'
import type { Bundler } from '../bundle/bundler.ts'
import { StaticOptions } from '../bundle/static_options.ts'
import type { BuildAnswer, BuildRequest, InstrumentationOutput, RouteOutput, RouteSource } from '../bundle/types.ts'
import { choose } from './choose.ts'
import { writeEdgeEntry } from './edge_entry.ts'
import { findNext, type InstalledNext } from './installed.ts'
import { distName, runNextBuild } from './next_build.ts'
import { sharePreviewKeys } from './shared_keys.ts'

/** Builds the routes of the request; none of them is in C++. @param share the folder of an installation. */
export async function buildScripts(request: BuildRequest, bundler: Bundler, share: string): Promise<BuildAnswer> {
  const found = findNext(request.root)
  const next = 'next' in found ? found.next : null
  const forced = request.routes.filter(({ engine }) => engine === 'next')
  if (forced.length > 0 && 'missing' in found) {
    return { errors: forced.map(({ file }) => `${file}: millrace.toml asks for the engine "next", but ${found.missing}.`), inputs: [] }
  }
  // In development all are bundled: what reaches a route is watched by it.
  const bundled = request.mode === 'development' ? request.routes : request.routes.filter((route) => !forced.includes(route))
  const { needs = {}, ...light } = await bundler.build({ ...request, routes: bundled, lenient: next !== null })
  if (light.errors !== undefined) return light
  const choice = choose(request, needs, light, found)
  const warnings = [...(light.warnings ?? []), ...choice.warnings]
  const answer = { ...light, ...(warnings.length > 0 ? { warnings } : {}) }
  if (choice.errors.length > 0) return { errors: [...choice.errors], inputs: light.inputs ?? [] }
  if (choice.routes.length === 0 && !choice.instrumentation) return answer
  for (const line of choice.reasons) console.log(line)
  if (request.mode === 'development') return { ...answer, outputs: { ...answer.outputs, ...ofNext(choice.routes, answer) } }
  try {
    return await buildByBoth(request, answer, choice.routes, bundler, next!, share)
  } catch (error) {
    return { errors: [(error as Error).message], inputs: light.inputs ?? [] }
  }
}

/** In development, `next dev` answers for these: their own bundle is not used. */
function ofNext(routes: readonly RouteSource[], { outputs = {} }: BuildAnswer): Record<string, RouteOutput> {
  return Object.fromEntries(routes.map(({ file }) => [file, { ...outputs[file]!, engine: 'next' as const }]))
}

async function buildByBoth(
  request: BuildRequest,
  first: BuildAnswer,
  chosen: readonly RouteSource[],
  bundler: Bundler,
  next: InstalledNext,
  share: string,
): Promise<BuildAnswer> {
  const { root, outdir, env } = request
  const rest = request.routes.filter((route) => !chosen.includes(route))
  const isBundled = ({ file }: RouteSource): boolean => first.outputs?.[file] !== undefined
  // Without what it could not do: nothing of that is left over.
  const { needs: _, ...light } = chosen.some(isBundled) ? await bundler.build({ ...request, routes: rest }) : first
  if (light.errors !== undefined) return light
  const handed = await runNextBuild({ root, outdir, next, env, adapter: join(share, 'adapter', 'adapter.mjs') })
  sharePreviewKeys(root, handed.distDir)
  const outputs = { ...light.outputs, ...(await describe(request, handed, chosen)) }
  const warnings = first.warnings ?? []
  const instrumentation = light.instrumentation ? { instrumentation: instrumentationOf(light.instrumentation) } : {}
  // What routes keep in memory they keep whoever compiles them.
  const { memory_state = [], notes = [] } = first
  return { ...light, outputs, memory_state, notes, ...instrumentation, ...(warnings.length > 0 ? { warnings } : {}) }
}

/** One module and one `register()` for the routes of both engines. */
function instrumentationOf({ file }: InstrumentationOutput): InstrumentationOutput {
  return { file, module: `${distName}/server/instrumentation.js`, engine: 'next' }
}

async function describe({ root, outdir }: BuildRequest, handed: HandedOver, routes: readonly RouteSource[]): Promise<Record<string, RouteOutput>> {
  const options = new StaticOptions()
  const one = async (route: RouteSource, number: number): Promise<[string, RouteOutput]> => {
    const entry = entryOf(handed, route)
    const module = entry.runtime === 'edge' ? writeEdgeEntry(root, handed, entry, number) : entry.file
    const known = await options.read(join(root, route.file), route.kind)
    const said = entry.maxDuration === null ? known : { ...known, maxDuration: entry.maxDuration }
    return [route.file, { module: relative(outdir, module), methods: null, options: said, size: 0, engine: 'next' }]
  }
  return Object.fromEntries(await Promise.all(routes.map(one)))
}

function entryOf(handed: HandedOver, { path, kind, file }: RouteSource): HandedOverRoute {
  const entry = handed.routes.find((candidate) => candidate.kind === kind && candidate.pathname === path)
  if (entry === undefined) throw new Error(`${file}: \`next build\` (${handed.nextVersion}) has made no route ${path} of it.`)
  return entry
}
