/**
 * Starts a server for a measurement and loads it with wrk. The costs are those of its whole process
 * tree.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { request as secureRequest } from 'node:https'
import { connect, createServer, type AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { cpuMicroseconds } from './processes.ts'

/** A program that serves on the port that it is given. */
export interface Program {
  readonly command: readonly string[]
  /** Options after the command, given the port to listen on. */
  readonly options: (port: number) => readonly string[]
  readonly directory: string
  /** Whether it speaks HTTPS, with any certificate. */
  readonly secure?: boolean
}

/** The results of one load. */
export interface Load {
  /** CPU time of the whole process tree per request, in microseconds. */
  readonly cpu: number
  readonly requestsPerSecond: number
  /** Latency in milliseconds. */
  readonly p50: number
  readonly p99: number
}

export interface LoadOptions {
  readonly seconds: number
  readonly connections: number
}

/** A server that has given its first response. */
export interface LoadedServer {
  /** `http://127.0.0.1:PORT`, or https. */
  readonly origin: string
  /** The root of its process tree. */
  readonly pid: number
  /** Milliseconds from the start of the process to its first 200. */
  readonly coldStart: number
}

const run = promisify(execFile)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

function statusOf(port: number, path: string, secure: boolean): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = (secure ? secureRequest : request)(
      { host: '127.0.0.1', port, path, agent: false, rejectUnauthorized: false },
      (incoming) => {
        incoming.resume().on('end', () => resolve(incoming.statusCode ?? 0))
      },
    )
    outgoing.on('error', () => resolve(0))
    outgoing.end()
  })
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** Returns the milliseconds from `started` to the first 200. */
async function firstResponse(
  server: ChildProcess,
  port: number,
  path: string,
  secure: boolean,
  started: number,
): Promise<number> {
  while (performance.now() - started < 30_000) {
    if (server.exitCode !== null)
      throw new Error(`the server ended with ${server.exitCode} before it responded`)
    if ((await accepts(port)) && (await statusOf(port, path, secure)) === 200)
      return performance.now() - started
    await pause(1)
  }
  throw new Error(`no 200 from ${path} within 30 s`)
}

function milliseconds(text: string): number {
  const [, value, unit] = /^([\d.]+)(us|ms|s|m)$/.exec(text) ?? []
  return Number(value) * { us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit as 'us' | 'ms' | 's' | 'm']
}

/**
 * Loads `url` with wrk. @param more arguments of wrk, for example a script. @throws Error if a
 * request fails.
 */
export async function load(
  root: number,
  url: string,
  more: readonly string[],
  options: LoadOptions,
): Promise<Load> {
  const args = [
    '-t1',
    `-c${options.connections}`,
    `-d${options.seconds}s`,
    '--latency',
    '--timeout',
    '30s',
    ...more,
    url,
  ]
  const before = cpuMicroseconds(root)
  const { stdout } = await run('wrk', args)
  const cpu = cpuMicroseconds(root) - before
  if (/Non-2xx|Socket errors/.test(stdout))
    throw new Error(`wrk reported failures at ${url}:\n${stdout}`)
  const field = (pattern: RegExp) => pattern.exec(stdout)?.[1] ?? ''
  const requests = Number(field(/(\d+) requests in/))
  if (requests === 0) throw new Error(`no response from ${url} in ${options.seconds} s`)
  return {
    cpu: cpu / requests,
    requestsPerSecond: Number(field(/Requests\/sec:\s+([\d.]+)/)),
    p50: milliseconds(field(/^\s+50%\s+(\S+)/m)),
    p99: milliseconds(field(/^\s+99%\s+(\S+)/m)),
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  const timer = setTimeout(() => server.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(timer)
}

/**
 * Starts a program, waits for its first 200 from `path` and half a second more, and calls `use`;
 * always stops the server.
 */
export async function withServer<T>(
  program: Program,
  path: string,
  use: (server: LoadedServer) => Promise<T>,
  env: NodeJS.ProcessEnv = {},
): Promise<T> {
  const port = await freePort()
  const { secure = false } = program
  const [name, ...args] = program.command
  const started = performance.now()
  const server = spawn(name!, [...args, ...program.options(port)], {
    cwd: program.directory,
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    const coldStart = await firstResponse(server, port, path, secure, started)
    await pause(500)
    return await use({
      origin: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`,
      pid: server.pid!,
      coldStart,
    })
  } finally {
    await stop(server)
  }
}
