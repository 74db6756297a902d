/**
 * In development, runs the project's own `next dev` for pages and for routes that need the engine
 * `next`. It is started by the first connection to a port of this process, which forwards
 * connections to it: so clients need not know when it is ready.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { request } from 'node:http'
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { variables } from '../../../adapter/src/handed_over.ts'
import { bundlerFlags } from '../config/bundler_flags.ts'
import { adapterVariables, type Adapters } from './adapters.ts'
import type { InstalledNext } from './installed.ts'
import { PreservedFiles } from './preserved_files.ts'

/** The default limits. */
const usualLimits = {
  /** Milliseconds that a connection waits for `next dev` to start. */
  wait: 120_000,
  /** Milliseconds that the start may take. A shorter limit would only restart a slow start. */
  start: 1_200_000,
  /** Connections that wait at the same time. */
  waiting: 256,
}

/** What `next dev` is run with. */
export interface NextDevOptions {
  /** Absolute real path of the project. */
  readonly root: string
  readonly next: InstalledNext
  readonly adapters: Adapters
  /** Overrides of the default limits. */
  readonly limits?: Partial<typeof usualLimits>
}

/** Output folder relative to the project; differs from that of a `next dev` that the user runs. */
const distDir = '.millrace/next-dev'
/**
 * Makes `next dev` exit with this process, however that ends: their pipe closes then. Children of
 * `next dev` inherit the option, but have another parent.
 */
const endWithParent = `data:text/javascript,${encodeURIComponent(`if(process.ppid===${process.pid})process.stdin.on("end",()=>process.kill(process.pid,"SIGTERM")).resume()`)}`

/** One `next dev` of a project, and the port in front of it. */
export class NextDev {
  readonly #options: NextDevOptions
  readonly #server: Server
  readonly #limits: typeof usualLimits
  #waiting = 0
  #running: Promise<number> | undefined
  #child: ChildProcess | undefined
  #closing = false

  private constructor(options: NextDevOptions) {
    this.#options = options
    this.#limits = { ...usualLimits, ...options.limits }
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#take(client))
  }

  /** Opens the port without starting `next dev`. */
  static async open(options: NextDevOptions): Promise<NextDev> {
    const dev = new NextDev(options)
    await new Promise<void>((done, failed) =>
      dev.#server.once('error', failed).listen(0, '127.0.0.1', done),
    )
    // The server does not keep this process alive.
    dev.#server.unref()
    return dev
  }

  /** `http://127.0.0.1:PORT`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Ends the server and `next dev`; resolves when `next dev` has exited. */
  async close(): Promise<void> {
    this.#closing = true
    this.#server.close()
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((done) => child.once('exit', done))
    child.kill('SIGTERM')
    await ended
  }

  #take(client: Socket): void {
    client.on('error', () => client.destroy())
    if (this.#waiting >= this.#limits.waiting) {
      refuse(client, 503, 'too many requests wait for `next dev` to start')
      return
    }
    ++this.#waiting
    // The cause of a failure may be fixed meanwhile: the next connection starts it again.
    this.#running ??= this.#start().catch((error: unknown) => {
      this.#running = undefined
      throw error
    })
    within(this.#running, this.#limits.wait)
      .then((port) => connectTo(client, port))
      .catch((error: unknown) => refuse(client, 500, (error as Error).message))
      .finally(() => --this.#waiting)
      .catch(() => undefined)
  }

  async #start(): Promise<number> {
    const { root, next, adapters } = this.#options
    console.log('starting `next dev`')
    const files = new PreservedFiles(root)
    const port = await freePort()
    const environment = {
      ...process.env,
      NODE_ENV: 'development',
      ...adapterVariables(adapters, process.env),
      PORT: String(port),
      [variables.distDir]: distDir,
    }
    const args = [
      '--import',
      endWithParent,
      next.program,
      'dev',
      ...bundlerFlags(root),
      '-H',
      '127.0.0.1',
      '-p',
      String(port),
    ]
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: environment,
      stdio: ['pipe', 'inherit', 'inherit'],
      // A process group of its own, so that no process of it survives it.
      detached: true,
    })
    this.#child = child
    let isReady = false
    child.once('exit', (code, signal) => {
      if (this.#child === child) this.#running = undefined
      endGroup(child)
      if (isReady && !this.#closing)
        console.log(
          `\`next dev\` has ended with ${signal ?? `exit code ${code}`}; the next request for it starts it again`,
        )
    })
    try {
      await ready(child, port, this.#limits.start)
      isReady = true
    } catch (error) {
      child.kill('SIGTERM')
      throw error
    } finally {
      files.restore()
    }
    return port
  }
}

/**
 * Ends what is left of a `next dev` that has ended: a server that lives on would keep its lock on
 * the output folder.
 */
function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing is left.
  }
}

function connectTo(client: Socket, port: number): void {
  const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  upstream.on('error', () => client.destroy())
  client.on('close', () => upstream.destroy())
  upstream.on('close', () => client.destroy())
  client.pipe(upstream)
  upstream.pipe(client)
}

/**
 * Resolves when the child responds: it listens before it is ready. @throws Error if it exits
 * before, or takes too long.
 */
async function ready(child: ChildProcess, port: number, timeout: number): Promise<void> {
  let ended = ''
  child.once('error', (error) => (ended = error.message))
  child.once('exit', (code, signal) => (ended = `it ended with ${signal ?? `exit code ${code}`}`))
  const until = performance.now() + timeout
  while (!(await responds(port, until - performance.now()))) {
    if (ended !== '')
      throw new Error(`\`next dev\` has not started: ${ended}; see its output in the log`)
    if (performance.now() > until) throw tooLate(timeout)
    await new Promise((done) => setTimeout(done, 100))
  }
}

function tooLate(milliseconds: number): Error {
  return new Error(`\`next dev\` did not respond within ${milliseconds / 1000} seconds`)
}

/** Resolves to the port. @throws Error after `milliseconds`. */
async function within(port: Promise<number>, milliseconds: number): Promise<number> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>(
    (_, failed) => (timer = setTimeout(() => failed(tooLate(milliseconds)), milliseconds)),
  )
  return Promise.race([port, late]).finally(() => clearTimeout(timer))
}

/** Whether the child responds at all; the first response may take until it is ready. */
function responds(port: number, timeout: number): Promise<boolean> {
  return new Promise((done) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path: '/_next/static/none',
        method: 'HEAD',
        timeout: Math.max(timeout, 1),
      },
      (response) => {
        response.resume()
        done(true)
      },
    )
    sent.once('timeout', () => sent.destroy())
    sent.once('error', () => done(false))
    sent.end()
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done, failed) =>
    server.once('error', failed).listen(0, '127.0.0.1', done),
  )
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

function refuse(client: Socket, status: number, why: string): void {
  const text = `${why}\n`
  const reason = status === 503 ? 'Service Unavailable' : 'Internal Server Error'
  const head = `HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n`
  client.end(head + text)
}
