/**
 * Runs the project's own `next build` with Millrace's adapter: the output goes into the folder of
 * the current build, and the project's `.next` is left as it is.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { bundlerFlags } from '../config/bundler_flags.ts'
import { handedOverVersion, variables, type HandedOver } from '../../../adapter/src/handed_over.ts'
import { adapterVariables, type Adapters } from './adapters.ts'
import type { InstalledNext } from './installed.ts'
import { PreservedFiles } from './preserved_files.ts'
import { keyVariable, serverActionsKey } from './server_actions_key.ts'

/** The folder of `next build`'s output inside of a build's folder. */
export const distName = 'next'

/** The input of a run of `next build`. */
export interface NextBuildRequest {
  /** Absolute real path of the project. */
  readonly root: string
  /** Absolute path of the build's folder. */
  readonly outdir: string
  readonly next: InstalledNext
  readonly adapters: Adapters
  /** Variables of the project's environment files. */
  readonly env: Readonly<Record<string, string>>
  /** Whether pages are served. Their clients must notice a deploy. */
  readonly pages: boolean
}

/**
 * Compiles the whole project. The output of `next build` goes to this process's streams.
 * @throws Error with a message for the user if it fails.
 */
export async function runNextBuild(request: NextBuildRequest): Promise<HandedOver> {
  const { root, outdir, next } = request
  const dist = join(outdir, distName)
  const output = join(outdir, 'next.json')
  const cache = new MovedCache(root, dist)
  const files = new PreservedFiles(root)
  mkdirSync(outdir, { recursive: true })
  rmSync(output, { force: true })
  cache.lend()
  const restore = (): void => {
    cache.takeBack()
    files.restore()
    rmSync(output, { force: true })
  }
  // The build may be interrupted.
  process.once('exit', restore)
  try {
    const environment = environmentOf(request, dist, output)
    await run(process.execPath, [next.program, 'build', ...bundlerFlags(root)], root, environment)
    return readHandedOver(output, next)
  } finally {
    process.removeListener('exit', restore)
    restore()
  }
}

function environmentOf(
  { root, outdir, adapters, env, pages }: NextBuildRequest,
  dist: string,
  output: string,
): NodeJS.ProcessEnv {
  const given = { ...process.env, ...env }
  return {
    ...given,
    NODE_ENV: 'production',
    ...adapterVariables(adapters, given),
    [keyVariable]: serverActionsKey(root, given),
    [variables.distDir]: relative(root, dist),
    [variables.output]: output,
    ...(pages ? { [variables.deploymentId]: basename(outdir) } : {}),
  }
}

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] })
    const end = (): void => void child.kill('SIGTERM')
    process.once('exit', end)
    child.once('error', failed)
    child.once('close', (code, signal) => {
      process.removeListener('exit', end)
      if (code === 0) done()
      else
        failed(
          new Error(
            `\`next build\` has failed (${signal ?? `exit code ${code}`}); see its output above.`,
          ),
        )
    })
  })
}

function readHandedOver(path: string, { version }: InstalledNext): HandedOver {
  if (!existsSync(path)) {
    throw new Error(
      `\`next build\` (${version}) has not called Millrace's adapter: another adapter replaces it; check NEXT_ADAPTER_PATH and \`adapterPath\`.`,
    )
  }
  const handed = JSON.parse(readFileSync(path, 'utf8')) as HandedOver
  if (handed.version !== handedOverVersion)
    throw new Error(
      `${basename(path)}: expected version ${handedOverVersion}, found ${handed.version}`,
    )
  return handed
}

/**
 * Moves Next.js's cache from one build's folder to the next, because each build has a folder of its
 * own.
 */
class MovedCache {
  readonly #kept: string
  readonly #used: string

  constructor(root: string, dist: string) {
    this.#kept = resolve(root, '.millrace', 'next-cache')
    this.#used = join(dist, 'cache')
  }

  lend(): void {
    if (!existsSync(this.#kept)) return
    mkdirSync(resolve(this.#used, '..'), { recursive: true })
    renameSync(this.#kept, this.#used)
  }

  takeBack(): void {
    if (!existsSync(this.#used)) return
    rmSync(this.#kept, { recursive: true, force: true })
    renameSync(this.#used, this.#kept)
  }
}
