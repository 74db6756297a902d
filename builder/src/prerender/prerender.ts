/**
 * Loads app routes and evaluates static `GET`s in a separate process, which runs the worker's own
 * code, and writes the bodies of the responses.
 */
import { fork } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type {
  PrerenderJob,
  PrerenderProgress,
  PrerenderResult,
} from '../../../runtime/node/src/prerender/job.ts'
import type { Manifest, StaticResponses } from '../manifest/manifest.ts'
import { isNativeFile } from '../native/types.ts'
import { mayBeStatic } from '../bundle/candidates.ts'

/** The input. */
export interface PrerenderRequest {
  /** Absolute path of the project. */
  readonly root: string
  /** Complete except for the results of this step. */
  readonly manifest: Manifest
  /** Absolute path of the manifest that will be written; its modules exist already. */
  readonly path: string
  /** Absolute path of the build's folder. */
  readonly outdir: string
  readonly env: Readonly<Record<string, string>>
}

// Sources are beside this module, bundles beside its bundle.
const program = import.meta.url.endsWith('.ts')
  ? '../../../runtime/node/src/prerender.ts'
  : '../runtime/prerender.mjs'

/** Loads the app routes, evaluates their static `GET`s and writes the bodies. */
export async function prerender({
  root,
  manifest,
  path,
  outdir,
  env,
}: PrerenderRequest): Promise<StaticResponses | { errors: readonly string[] }> {
  const { config, routes } = manifest
  const numbers = routes.flatMap((route, number) => (mayBeStatic(route, config) ? [number] : []))
  const everything = config.cacheComponents
  // Next.js's build has already loaded the routes that it has compiled.
  const load = routes.flatMap(({ kind, file, engine }, number) =>
    kind === 'app' && engine !== 'next' && !isNativeFile(file) ? [number] : [],
  )
  const { staticPageGenerationTimeout: seconds } = config as {
    staticPageGenerationTimeout?: number
  }
  const result = await evaluate(
    {
      manifest,
      path,
      root,
      env,
      load,
      loadWithin: 1000 * (seconds ?? 60),
      routes: numbers,
      everything,
    },
    routes,
  )
  if (result.errors.length > 0) return { errors: result.errors }
  const folder = join(outdir, 'prerendered')
  await mkdir(folder, { recursive: true })
  const prerendered = result.responses.map((response, index) => ({
    ...response,
    body: `prerendered/${index}.body`,
  }))
  await Promise.all(
    result.responses.map(({ body }, index) =>
      writeFile(join(folder, `${index}.body`), Buffer.from(body, 'base64')),
    ),
  )
  return { cached: result.cached, prerendered }
}

/** Runs the program. Its output is shown to the user. */
function evaluate(job: PrerenderJob, routes: Manifest['routes']): Promise<PrerenderResult> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL(program, import.meta.url)), {
      cwd: job.root,
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    let result: PrerenderResult | undefined
    let loading: Manifest['routes'][number] | undefined
    child.on('message', (message: PrerenderProgress | PrerenderResult) => {
      if ('loading' in message) loading = routes[message.loading]
      else result = message
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (result !== undefined) resolve(result)
      else reject(new Error(endedEarly(code ?? signal, loading)))
    })
    child.send(job)
  })
}

function endedEarly(
  how: number | string | null,
  loading: Manifest['routes'][number] | undefined,
): string {
  const whose =
    loading === undefined
      ? ''
      : ` while it loaded ${loading.path} (${loading.file}), or while work ran that an earlier route had started`
  return `The process that loads routes ended with ${how}${whose}.`
}
