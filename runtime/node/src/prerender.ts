/**
 * The program that the builder starts to load app routes, as `next build` does to collect their
 * data, and to evaluate static `GET` handlers. The builder sends one message with the job and
 * receives one with the result. Routes run as in a worker, but without a link.
 */
// Must be the first import: modules loaded later expect the light classes in the globals.
import './web/install.ts'
import { describeError } from './base/errors.ts'
import { Loader } from './routes/loader.ts'
import { parseManifest } from './project/manifest.ts'
import { mapStacksToSource, registerNextModules } from './project/modules.ts'
import type {
  CachedRoute,
  PrerenderedResponse,
  PrerenderJob,
  PrerenderProgress,
  PrerenderResult,
} from './prerender/job.ts'
import { guardPlatform } from './prerender/platform_guard.ts'
import { loadRoute } from './prerender/load_route.ts'
import { prerenderRoute } from './prerender/prerender_route.ts'
import { UncaughtErrors } from './prerender/uncaught_errors.ts'

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
  const responses: PrerenderedResponse<string>[] = []
  const errors: string[] = []
  const loader = new Loader()
  const { path, root, env } = job
  const generation = loader.load(
    { generation: 1, manifest: path, root, env, mode: 'production' },
    parseManifest(job.manifest, path),
  )
  // Next.js sets this phase during a build; routes and the modules they import read it.
  process.env['NEXT_PHASE'] = 'phase-production-build'
  if (job.everything) guardPlatform()
  // What a module starts without awaiting it is not part of its loading; `next build` does not wait
  // for it either.
  const uncaught = new UncaughtErrors()
  for (const number of job.load) {
    process.send!({ loading: number } satisfies PrerenderProgress)
    const failure = await loadRoute(generation.routes[number]!, job.loadWithin)
    if (failure !== null) errors.push(failure)
  }
  // A route that cannot be loaded cannot be evaluated.
  if (errors.length > 0) return { cached, responses, errors }
  for (const number of job.routes) {
    const target = generation.routes[number]!
    try {
      const found = await Promise.race([
        prerenderRoute(target, number, job.everything),
        uncaught.next(),
      ])
      if (!found.cached) continue
      cached[number] = { dynamicParams: found.dynamicParams }
      responses.push(
        ...found.responses.map((response) => ({
          ...response,
          body: response.body.toString('base64'),
        })),
      )
    } catch (error) {
      errors.push(
        `Error occurred prerendering page "${target.route.path}" (${target.route.file}):\n${describeError(error)}`,
      )
    }
  }
  return { cached, responses, errors }
}
