/**
 * Routes in JavaScript, each compiled by the engine that its settings and its modules ask for: `light` is Millrace's own
 * bundler, `next` the project's `next build`. Docs/engines.md says which takes what.
 */
import { join, relative } from 'node:path'
import type { HandedOver, HandedOverRoute } from '../../../adapter/src/handed_over.ts'
import type { Bundler } from '../bundle/bundler.ts'
import { StaticOptions } from '../bundle/static_options.ts'
import type { BuildAnswer, BuildRequest, RouteOutput, RouteSource } from '../bundle/types.ts'
import { findNext, type InstalledNext } from './installed.ts'
import { runNextBuild } from './next_build.ts'

/** Builds the routes of the request; none of them is in C++. @param share the folder of an installation. */
export async function buildScripts(request: BuildRequest, bundler: Bundler, share: string): Promise<BuildAnswer> {
  const asked = request.routes.filter(({ engine }) => engine === 'next')
  if (asked.length === 0) return await bundler.build(request)
  const found = findNext(request.root)
  if ('missing' in found) return { errors: asked.map(({ file }) => `${file}: [build] asks for the engine "next", but ${found.missing}.`), inputs: [] }
  const light = await bundler.build({ ...request, routes: request.routes.filter((route) => !asked.includes(route)) })
  if (light.errors !== undefined) return light
  try {
    return { ...light, outputs: { ...light.outputs, ...(await buildByNext(request, asked, found.next, share)) } }
  } catch (error) {
    return { errors: [(error as Error).message], inputs: light.inputs ?? [] }
  }
}

async function buildByNext(
  request: BuildRequest,
  routes: readonly RouteSource[],
  next: InstalledNext,
  share: string,
): Promise<Record<string, RouteOutput>> {
  const { root, outdir, env } = request
  const handed = await runNextBuild({ root, outdir, next, env, adapter: join(share, 'adapter', 'adapter.mjs') })
  const options = new StaticOptions()
  const describe = async (route: RouteSource): Promise<[string, RouteOutput]> => {
    const entry = entryOf(handed, route)
    const known = await options.read(join(root, route.file), route.kind)
    const said = entry.maxDuration === null ? known : { ...known, maxDuration: entry.maxDuration }
    return [route.file, { module: relative(outdir, entry.file), methods: null, options: said, size: 0, engine: 'next' }]
  }
  return Object.fromEntries(await Promise.all(routes.map(describe)))
}

function entryOf(handed: HandedOver, { path, kind, file }: RouteSource): HandedOverRoute {
  const entry = handed.routes.find((candidate) => candidate.kind === kind && candidate.pathname === path)
  if (entry === undefined) throw new Error(`${file}: \`next build\` (${handed.nextVersion}) has made no route ${path} of it.`)
  return entry
}
