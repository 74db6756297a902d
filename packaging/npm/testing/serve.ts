/**
 * The module `millrace/test`: serves a project for the duration of a test, with real workers, on a
 * free port of this machine. It works with every test runner.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How to serve a project; each member may be left out. */
export interface ServeOptions {
  /** The project's folder; default: the working directory. */
  readonly root?: string
  /** `start`, the default, builds the project first. `dev` compiles on request. */
  readonly mode?: 'start' | 'dev'
  /** With `start`: false serves the build that is there. */
  readonly build?: boolean
  /** Variables of the environment, besides those of this process; undefined removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** More arguments of the command, such as `['--workers', '2']`. */
  readonly args?: readonly string[]
  /** Milliseconds within which the server must be ready, and the build done; default: 120,000. */
  readonly timeout?: number
}

/** A project that is being served. */
export interface TestServer extends AsyncDisposable {
  /** Its origin, such as `http://127.0.0.1:40123`, without a slash at the end. */
  readonly url: string
  /** What the server and the routes have printed: at most the last 256 KiB. */
  readonly output: string
  /** Requests a path of the project; other arguments are those of the global `fetch`. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** Stops the server when its requests have their responses. A second call waits for the first. */
  close(): Promise<void>
}

const mostOutput = 256 * 1024
const patienceAtEnd = 30_000
const command = fileURLToPath(new URL('../bin/millrace.mjs', import.meta.url))

/** A command that runs, and the end of what it has printed. */
class Program {
  readonly child: ChildProcess
  readonly ended: Promise<unknown>
  output = ''
  readonly #atExit = () => this.child.kill('SIGKILL')
  #onOutput = () => {}

  constructor(args: readonly string[], root: string, env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [command, ...args], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.ended = once(this.child, 'close').catch((error: Error) => this.#add(error.message))
    // A server that a test forgets does not keep the test's process from ending.
    this.child.unref()
    for (const stream of [this.child.stdout, this.child.stderr] as (Socket | null)[])
      stream?.unref()
    process.once('exit', this.#atExit)
    void this.ended.then(() => process.off('exit', this.#atExit))
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#add(text))
  }

  /** Waits until `found` returns something, the program ends, or the time is over. */
  async until<T>(found: () => T | undefined, milliseconds: number): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<T | undefined>((done) => {
        const look = () => {
          const value = found()
          if (value !== undefined) done(value)
        }
        timer = setTimeout(done, milliseconds, undefined)
        void this.ended.then(() => done(undefined))
        this.#onOutput = look
        look()
      })
    } finally {
      clearTimeout(timer)
      this.#onOutput = () => {}
    }
  }

  async end(): Promise<void> {
    this.child.kill('SIGTERM')
    const timer = setTimeout(() => this.child.kill('SIGKILL'), patienceAtEnd)
    await this.ended
    clearTimeout(timer)
  }

  #add(text: string): void {
    this.output = (this.output + text).slice(-mostOutput)
    this.#onOutput()
  }
}

/**
 * Serves a project until `close()` is called, or the process ends.
 *
 * @throws Error with the output of the command where the project cannot be built or served.
 */
export async function serve(options: ServeOptions = {}): Promise<TestServer> {
  const { root = '.', mode = 'start', build = mode === 'start', timeout = 120_000 } = options
  const folder = resolve(root)
  const env: NodeJS.ProcessEnv = { ...process.env, ...options.env }
  if (build) {
    const program = new Program(['build'], folder, env)
    const code = await program.until(() => undefined, timeout).then(() => program.child.exitCode)
    if (code !== 0) {
      await program.end()
      throw new Error(`millrace build failed in ${folder}:\n${program.output}`)
    }
  }
  const args = [mode, '-H', '127.0.0.1', '-p', '0', ...(options.args ?? [])]
  const program = new Program(args, folder, env)
  const url = await program.until(() => {
    const port = /Local: +http:\S+:(\d+)/.exec(program.output)?.[1]
    return port && /^ *ready in /m.test(program.output) ? `http://127.0.0.1:${port}` : undefined
  }, timeout)
  if (url === undefined) {
    await program.end()
    throw new Error(`millrace ${mode} was not ready in ${folder}:\n${program.output}`)
  }
  let closing: Promise<void> | undefined
  const close = () => (closing ??= program.end())
  return {
    url,
    get output() {
      return program.output
    },
    fetch: (path, init) => fetch(new URL(path, url), init),
    close,
    [Symbol.asyncDispose]: close,
  }
}
