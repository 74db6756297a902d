/**
 * Runs a project under `millrace start`, for one question.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const binary = process.env['MILLRACE'] ?? join(import.meta.dirname, '../../build/release/millrace')

const files = {
  'package.json': '{ "name": "scale", "private": true }',
  'app/api/hello/route.js': "export const GET = () => Response.json({ hello: 'world' })",
  'app/api/block/route.js': `export const GET = (request) => {
  const until = Date.now() + Number(new URL(request.url).searchParams.get('ms'))
  while (Date.now() < until);
  return new Response('done')
}`,
}

/** A server that runs until it is disposed of. */
export class Scale implements AsyncDisposable {
  readonly directory: string
  readonly port: number
  readonly #process: ChildProcess

  private constructor(directory: string, port: number, child: ChildProcess) {
    this.directory = directory
    this.port = port
    this.#process = child
  }

  /**
   * @param settings its millrace.toml. @param more files besides those that all questions share.
   */
  static async start(
    settings: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Scale> {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-scale-'))
    for (const [path, text] of Object.entries({ ...files, ...more, 'millrace.toml': settings })) {
      mkdirSync(dirname(join(directory, path)), { recursive: true })
      writeFileSync(join(directory, path), text)
    }
    await run(binary, ['build', directory])
    const child = spawn(binary, ['start', directory, '-p', '0', '-H', '127.0.0.1'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    for await (const chunk of child.stdout!) {
      printed += String(chunk)
      if (/ready in/.test(printed)) break
    }
    return new Scale(directory, Number(/localhost:(\d+)/.exec(printed)![1]), child)
  }

  get pid(): number {
    return this.#process.pid!
  }

  async command(...args: string[]): Promise<string> {
    return (await run(binary, [...args, this.directory])).stdout
  }

  /** Returns the number of worker processes. */
  async workers(): Promise<number> {
    const [report] = JSON.parse((await run(binary, ['ps', this.directory, '--json'])).stdout)
    return report.pools[0].workers.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGTERM')
    await once(this.#process, 'exit')
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** A connection that sends one request after the other. */
export class Client {
  readonly #socket: Socket
  #received = ''
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.#received += text
      this.#wake()
    })
    socket.on('error', () => this.#wake()).on('close', () => this.#wake())
  }

  static async connect(port: number): Promise<Client> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new Client(socket)
  }

  /**
   * Returns the milliseconds to the complete response, and its status; 0 if the connection broke.
   */
  async get(path: string): Promise<{ status: number; ms: number }> {
    const began = performance.now()
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: scale\r\n\r\n`)
    for (;;) {
      const head = /^HTTP\/1\.1 (\d+)[\s\S]*?\r\nContent-Length: (\d+)[\s\S]*?\r\n\r\n/i.exec(
        this.#received,
      )
      if (head && this.#received.length >= head[0].length + Number(head[2])) {
        this.#received = this.#received.slice(head[0].length + Number(head[2]))
        return { status: Number(head[1]), ms: performance.now() - began }
      }
      if (this.#socket.destroyed) return { status: 0, ms: performance.now() - began }
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** The results of wrk: requests per second, milliseconds, failures of any kind. */
export interface Load {
  readonly requests: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly failed: number
}

/** Loads a path with wrk. */
export async function load(
  port: number,
  path: string,
  connections: number,
  seconds: number,
): Promise<Load> {
  const { stdout } = await run('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '10s',
    '--latency',
    `http://127.0.0.1:${port}${path}`,
  ])
  const time = (name: string): number => {
    const [, value, unit] = new RegExp(`${name}%\\s+([\\d.]+)(us|ms|s)`).exec(stdout) ?? []
    return Number(value) * ({ us: 0.001, ms: 1, s: 1000 }[unit ?? 'ms'] ?? 1)
  }
  const errors =
    /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/
      .exec(stdout)
      ?.slice(1)
      .map(Number) ?? []
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0)
  return {
    requests: Number(/(\d+) requests in/.exec(stdout)![1]),
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)![1]),
    p50: time('50'),
    p99: time('99'),
    failed: errors.reduce((sum, count) => sum + count, refused),
  }
}
