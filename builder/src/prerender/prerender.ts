/**
 * The `prerender` command: evaluates static `GET`s in a process of its own, which runs the worker's own code, and
 * writes the bodies of their answers.
 */
import { fork } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PrerenderJob, PrerenderResult } from '../../../runtime/node/src/prerender/job.ts'
import { type KnownRoute, mayBeStatic } from './candidates.ts'

/** What is asked. */
export interface PrerenderRequest {
  /** Absolute path of the project. */
  readonly root: string
  /** Absolute path of a manifest that is whole but for what this command finds. */
  readonly manifest: string
  /** Absolute path of the build's folder. */
  readonly outdir: string
  readonly env: Readonly<Record<string, string>>
}

/** The answer: `cached` and `prerendered`, or `errors`. */
export interface PrerenderAnswer extends Record<string, unknown> {
  /** By number: routes whose `GET`s the server keeps. */
  cached?: PrerenderResult['cached']
  /** Answers; a body is a file's path relative to the build's folder. */
  prerendered?: PrerenderResult['answers']
  errors?: readonly string[]
}

// Beside this module lie the sources, beside its bundle the bundles.
const program = import.meta.url.endsWith('.ts') ? '../../../runtime/node/src/prerender.ts' : '../runtime/prerender.mjs'

/** Carries out the command. */
export async function prerender({ root, manifest, outdir, env }: PrerenderRequest): Promise<PrerenderAnswer> {
  const { config, routes } = JSON.parse(await readFile(manifest, 'utf8')) as Draft
  const numbers = routes.flatMap((route, number) => (mayBeStatic(route, config) ? [number] : []))
  const everything = config.cacheComponents === true
  const result = await evaluate({ manifest, root, env, routes: numbers, everything })
  if (result.errors.length > 0) return { errors: result.errors }
  const folder = join(outdir, 'prerendered')
  await mkdir(folder, { recursive: true })
  const prerendered = result.answers.map((answer, index) => ({ ...answer, body: `prerendered/${index}.body` }))
  await Promise.all(result.answers.map(({ body }, index) => writeFile(join(folder, `${index}.body`), Buffer.from(body, 'base64'))))
  return { cached: result.cached, prerendered }
}

interface Draft {
  readonly config: { readonly cacheComponents?: boolean }
  readonly routes: readonly KnownRoute[]
}

/** Runs the program. What it prints is for whoever builds. */
function evaluate(job: PrerenderJob): Promise<PrerenderResult> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL(program, import.meta.url)), {
      cwd: job.root,
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    let result: PrerenderResult | undefined
    child.on('message', (message) => (result = message as PrerenderResult))
    child.on('error', reject)
    child.on('close', (code) => {
      if (result !== undefined) resolve(result)
      else reject(new Error(`the process that evaluates static routes ended with ${code} and no answer`))
    })
    child.send(job)
  })
}
