/**
 * The program that loads app routes at build, as Next.js does to collect their data, and evaluates
 * static `GET`s: the builder starts it, says what to do in one message and gets one back. It runs
 * routes as a worker does, without a link.
 */
// First of all: what is loaded later finds the light classes in the globals.
import './web/install.ts'
import { Loader } from './routes/loader.ts'
import { parseManifest } from './project/manifest.ts'
import { mapStacksToSource, registerNextModules } from './project/modules.ts'
import type {
  CachedRoute,
  PrerenderedAnswer,
  PrerenderJob,
  PrerenderProgress,
  PrerenderResult,
} from './prerender/job.ts'
import { guardPlatform } from './prerender/platform_guard.ts'
import { loadRoute } from './prerender/load_route.ts'
import { prerenderRoute } from './prerender/prerender_route.ts'
import { StrayErrors } from './prerender/stray_errors.ts'

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.mjs'
registerNextModules(new URL('./next/', import.meta.url), extension)
mapStacksToSource()

process.once('message', (job) => {
  run(job as PrerenderJob)
    .then((result) => process.send!(result, () => process.exit(0)))
    .catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
})

async function run(job: PrerenderJob): Promise<PrerenderResult> {
  const cached: Record<number, CachedRoute> = {}
  const answers: PrerenderedAnswer<string>[] = []
  const errors: string[] = []
  const loader = new Loader()
  const { path, root, env } = job
  const generation = loader.load(
    { generation: 1, manifest: path, root, env, mode: 'production' },
    parseManifest(job.manifest, path),
  )
  // Next.js builds in this phase; routes and what they import ask for it.
  process.env['NEXT_PHASE'] = 'phase-production-build'
  if (job.everything) guardPlatform()
  // What a module sets going and does not wait for is not its loading: Next.js's build goes on,
  // too.
  const strays = new StrayErrors()
  for (const number of job.load) {
    process.send!({ loading: number } satisfies PrerenderProgress)
    const failure = await loadRoute(generation.routes[number]!, job.loadWithin)
    if (failure !== null) errors.push(failure)
  }
  // Nothing of a route that cannot be loaded can be evaluated.
  if (errors.length > 0) return { cached, answers, errors }
  for (const number of job.routes) {
    const target = generation.routes[number]!
    try {
      const found = await Promise.race([
        prerenderRoute(target, number, job.everything),
        strays.next(),
      ])
      if (!found.cached) continue
      cached[number] = { dynamicParams: found.dynamicParams }
      answers.push(
        ...found.answers.map((answer) => ({ ...answer, body: answer.body.toString('base64') })),
      )
    } catch (error) {
      errors.push(
        `Error occurred prerendering page "${target.route.path}" (${target.route.file}):\n${textOf(error)}`,
      )
    }
  }
  return { cached, answers, errors }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
