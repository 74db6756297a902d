/**
 * Runs the server under test as a user would: starts the built executable on a free port and reads
 * its output.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { hangTimeout } from './hang_timeout.ts'

/** The repository's folder, with a trailing slash. */
export const repository = fileURLToPath(new URL('../../../', import.meta.url))

const timeout = hangTimeout(300)

/**
 * Returns the executable under test: `MILLRACE` in the environment, or else the release build's.
 */
export function binary(): string {
  const path = process.env['MILLRACE'] ?? `${repository}build/release/millrace`
  if (!existsSync(path))
    throw new Error(
      `${path} does not exist. Build it: cmake --preset release && cmake --build --preset release`,
    )
  return path
}

/**
 * Returns the environment of this process without variables that would change the behaviour of the
 * server or its workers.
 */
function environment(extra: Record<string, string | undefined> = {}): NodeJS.ProcessEnv {
  const names = [
    'PATH',
    'HOME',
    'LANG',
    'LC_ALL',
    'TMPDIR',
    'TZ',
    'USER',
    'ASAN_OPTIONS',
    'UBSAN_OPTIONS',
    'TSAN_OPTIONS',
  ]
  const kept = Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
  return { ...kept, ...extra } as NodeJS.ProcessEnv
}

/** The result of a finished command. */
export interface Finished {
  /** Exit code, or null if a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  /** Added to the environment; undefined removes a variable. */
  readonly env?: Record<string, string | undefined>
  /** The executable, by default `binary()`. */
  readonly binary?: string
  /** Prepended to the command line, for example that of a User. */
  readonly prefix?: readonly string[]
}

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

function launch(args: readonly string[], options: RunOptions): ChildProcess {
  const [command, ...rest] = [...(options.prefix ?? []), options.binary ?? binary(), ...args]
  const child = spawn(command!, rest, {
    cwd: options.cwd ?? repository,
    env: environment(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  child.once('close', () => children.delete(child))
  return child
}

/** Runs `millrace ARGS` until it exits. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = launch(args, options)
    let stdout = ''
    let stderr = ''
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const late = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`millrace ${args.join(' ')} did not end.\n${stdout}${stderr}`))
    }, timeout)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(late)
      resolve({ code, signal, stdout, stderr })
    })
  })
}

/** Runs `millrace build DIRECTORY`; rejects with its output unless it exits with 0. */
export async function build(
  directory: string,
  options: RunOptions & { readonly args?: readonly string[] } = {},
): Promise<Finished> {
  const done = await run(['build', directory, ...(options.args ?? [])], options)
  if (done.code !== 0)
    throw new Error(
      `millrace build ${directory} ended with ${done.code ?? done.signal}\n${done.stdout}${done.stderr}`,
    )
  return done
}

export interface ServerOptions extends RunOptions {
  readonly command: 'dev' | 'start'
  readonly directory: string
  /** Added after `-p 0`. */
  readonly args?: readonly string[]
  /** Matches the server's own URL in its output, with the port; of HTTP by default. */
  readonly origin?: RegExp
}

/** A server that runs until `stop()`. */
export interface Server extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Pauses reading the server's output; true resumes it. */
  reads(on: boolean): void
  /** All output so far, stdout and stderr. */
  output(): string
  /** Resolves with the match once the output since `from` (an index into `output()`) matches. */
  printed(pattern: RegExp, from?: number): Promise<RegExpMatchArray>
  /** Resolves when the process exits for any reason. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** Sends SIGTERM and waits for the exit. Does nothing if it has exited. */
  stop(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
}

/** Starts `millrace dev|start` on a free port and resolves when it has printed that it is ready. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const child = launch(
    [options.command, options.directory, '-p', '0', ...(options.args ?? [])],
    options,
  )
  let output = ''
  const watchers = new Set<() => void>()
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const watcher of [...watchers]) watcher()
    })
  }
  let over = false
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      over = true
      resolve({ code, signal })
      for (const watcher of [...watchers]) watcher()
    }
    child.once('error', (error) => {
      output += String(error)
      end(null, null)
    })
    child.once('close', end)
  })

  const printed = (pattern: RegExp, from = 0) =>
    new Promise<RegExpMatchArray>((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(late)
        watchers.delete(look)
        settle()
      }
      const look = () => {
        const match = output.slice(from).match(pattern)
        if (match) finish(() => resolve(match))
        else if (over)
          finish(() =>
            reject(new Error(`the server ended before it printed ${pattern}:\n${output}`)),
          )
      }
      const late = setTimeout(
        () => finish(() => reject(new Error(`the server did not print ${pattern}:\n${output}`))),
        timeout,
      )
      watchers.add(look)
      look()
    })

  const stop = async () => {
    if (!over) child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 30_000)
    const end = await exited
    clearTimeout(late)
    return end
  }

  try {
    const [, port] = await printed(options.origin ?? /http:\/\/localhost:(\d+)/)
    await printed(/ready in /i)
    return {
      url: `http://127.0.0.1:${port}`,
      port: Number(port),
      pid: child.pid!,
      output: () => output,
      reads: (on) => {
        for (const stream of [child.stdout!, child.stderr!]) on ? stream.resume() : stream.pause()
      },
      printed,
      exited,
      stop,
      [Symbol.asyncDispose]: async () => void (await stop()),
    }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}
