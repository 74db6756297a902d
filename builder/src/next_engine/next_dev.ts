/**
 * In development, routes that need the engine `next` are answered by the project's own `next dev`.
 * It is started when the first connection for it comes in, to a port of this process's that passes
 * on what it gets: so nobody needs to know when it is ready.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { request } from 'node:http'
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { variables } from '../../../adapter/src/handed_over.ts'
import { bundlerFlags } from '../config/bundler_flags.ts'
import type { InstalledNext } from './installed.ts'
import { KeptFiles } from './kept_files.ts'

/** What bounds it. */
const usualLimits = {
  /** How long a connection waits for it to start. Milliseconds. */
  patience: 120_000,
  /** How long that may take: whoever ended a slow start would only begin it again. */
  start: 1_200_000,
  /** So many connections wait for it at a time. */
  waiting: 256,
}

/** What `next dev` needs. */
export interface NextDevOptions {
  /** Absolute real path of the project. */
  readonly root: string
  readonly next: InstalledNext
  /** Absolute path of the adapter. */
  readonly adapter: string
  /** Other bounds than the usual ones. */
  readonly limits?: Partial<typeof usualLimits>
}

/** Where it writes, relative to the project: not where a `next dev` of the user's does. */
const distDir = '.millrace/next-dev'
/**
 * It ends when this process does, however that ends: their pipe closes then. What it starts itself
 * inherits the option, and has another parent.
 */
const endWithParent = `data:text/javascript,${encodeURIComponent(`if(process.ppid===${process.pid})process.stdin.on("end",()=>process.kill(process.pid,"SIGTERM")).resume()`)}`

/** One `next dev` of a project, and the port before it. */
export class NextDev {
  readonly #options: NextDevOptions
  readonly #server: Server
  readonly #limits: typeof usualLimits
  #waiting = 0
  #running: Promise<number> | undefined
  #child: ChildProcess | undefined

  private constructor(options: NextDevOptions) {
    this.#options = options
    this.#limits = { ...usualLimits, ...options.limits }
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#take(client))
  }

  /** Opens the port; nothing is started yet. */
  static async open(options: NextDevOptions): Promise<NextDev> {
    const dev = new NextDev(options)
    await new Promise<void>((done, failed) =>
      dev.#server.once('error', failed).listen(0, '127.0.0.1', done),
    )
    // What else this process does decides how long it lives.
    dev.#server.unref()
    return dev
  }

  /** `http://127.0.0.1:PORT`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Ends everything, and waits for the end of `next dev`. */
  async close(): Promise<void> {
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
    // What fails may be mended meanwhile: the next connection tries again.
    this.#running ??= this.#start().catch((error: unknown) => {
      this.#running = undefined
      throw error
    })
    within(this.#running, this.#limits.patience)
      .then((port) => connectTo(client, port))
      .catch((error: unknown) => refuse(client, 500, (error as Error).message))
      .finally(() => --this.#waiting)
      .catch(() => undefined)
  }

  async #start(): Promise<number> {
    const { root, next, adapter } = this.#options
    console.log('starting `next dev` for the routes that need it')
    const files = new KeptFiles(root)
    const port = await freePort()
    const environment = {
      ...process.env,
      NODE_ENV: 'development',
      NEXT_ADAPTER_PATH: adapter,
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
    })
    this.#child = child
    child.once('exit', () => {
      if (this.#child === child) this.#running = undefined
    })
    try {
      await answering(child, port, this.#limits.start)
    } catch (error) {
      child.kill('SIGTERM')
      throw error
    } finally {
      files.restore()
    }
    return port
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
 * Ends once the child answers: it listens earlier than it is set up. @throws Error where it ends
 * before, or takes too long.
 */
async function answering(child: ChildProcess, port: number, patience: number): Promise<void> {
  let ended = ''
  child.once('error', (error) => (ended = error.message))
  child.once('exit', (code, signal) => (ended = `it ended with ${signal ?? `exit code ${code}`}`))
  const until = performance.now() + patience
  while (!(await answers(port, until - performance.now()))) {
    if (ended !== '')
      throw new Error(`\`next dev\` has not started: ${ended}; what it says stands in the log`)
    if (performance.now() > until) throw tooLate(patience)
    await new Promise((done) => setTimeout(done, 100))
  }
}

function tooLate(milliseconds: number): Error {
  return new Error(`\`next dev\` did not answer within ${milliseconds / 1000} seconds`)
}

/** The port, once it is known. @throws Error where that takes longer. */
async function within(port: Promise<number>, milliseconds: number): Promise<number> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>(
    (_, failed) => (timer = setTimeout(() => failed(tooLate(milliseconds)), milliseconds)),
  )
  return Promise.race([port, late]).finally(() => clearTimeout(timer))
}

/** Whether any answer comes; one may take long, as the first one waits until all is set up. */
function answers(port: number, timeout: number): Promise<boolean> {
  return new Promise((done) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path: '/_next/static/none',
        method: 'HEAD',
        timeout: Math.max(timeout, 1),
      },
      (answer) => {
        answer.resume()
        done(true)
      },
    )
    asked.once('timeout', () => asked.destroy())
    asked.once('error', () => done(false))
    asked.end()
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
