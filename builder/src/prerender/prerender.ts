/**
 * Loads app routes and evaluates static `GET`s in a process of its own, which runs the worker's own
 * code, and writes the bodies of their answers.
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
import type { Manifest, StaticAnswers } from '../manifest/manifest.ts'
import { isNativeFile } from '../native/types.ts'
import { mayBeStatic } from '../bundle/candidates.ts'

/** What is asked. */
export interface PrerenderRequest {
  /** Absolute path of the project. */
  readonly root: string
  /** Whole but for what is found here. */
  readonly manifest: Manifest
  /** Absolute path where the manifest will be; its modules are there already. */
  readonly path: string
  /** Absolute path of the build's folder. */
  readonly outdir: string
  readonly env: Readonly<Record<string, string>>
}

// Beside this module lie the sources, beside its bundle the bundles.
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
}: PrerenderRequest): Promise<StaticAnswers | { errors: readonly string[] }> {
  const { config, routes } = manifest
  const numbers = routes.flatMap((route, number) => (mayBeStatic(route, config) ? [number] : []))
  const everything = config.cacheComponents
  // Next.js's build has loaded those that it has compiled.
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
  const prerendered = result.answers.map((answer, index) => ({
    ...answer,
    body: `prerendered/${index}.body`,
  }))
  await Promise.all(
    result.answers.map(({ body }, index) =>
      writeFile(join(folder, `${index}.body`), Buffer.from(body, 'base64')),
    ),
  )
  return { cached: result.cached, prerendered }
}

/** Runs the program. What it prints is for whoever builds. */
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
      : ` while it loaded ${loading.path} (${loading.file}), or what an earlier route has set going ran`
  return `The process that loads routes ended with ${how}${whose}.`
}
