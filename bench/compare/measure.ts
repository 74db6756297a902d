/**
 * Measures one contender: starts it, loads it with wrk, reads its costs, stops it.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Contender } from './contenders.ts'
import { cpuMicroseconds, memoryBytes } from './processes.ts'

/** The results of one load of a handler. */
export interface Load {
  /** CPU time of the whole process tree per request, in microseconds. */
  readonly cpu: number
  readonly requestsPerSecond: number
  /** Latency in milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** The results of one start of a contender; memory in MB, time in milliseconds. */
export interface Measurement {
  readonly coldStart: number
  readonly idleMemory: number
  readonly hello: Load
  /** Null if the contender has no such handler. */
  readonly order: Load | null
  readonly loadedMemory: number
}

export interface LoadOptions {
  readonly seconds: number
  readonly connections: number
}

const run = promisify(execFile)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

function statusOf(port: number, path: string): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = request({ host: '127.0.0.1', port, path, agent: false }, (incoming) => {
      incoming.resume().on('end', () => resolve(incoming.statusCode ?? 0))
    })
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
  started: number,
): Promise<number> {
  while (performance.now() - started < 30_000) {
    if (server.exitCode !== null)
      throw new Error(`the server ended with ${server.exitCode} before it responded`)
    if ((await accepts(port)) && (await statusOf(port, path)) === 200)
      return performance.now() - started
    await pause(1)
  }
  throw new Error(`no 200 from ${path} within 30 s`)
}

function milliseconds(text: string): number {
  const [, value, unit] = /^([\d.]+)(us|ms|s|m)$/.exec(text) ?? []
  return Number(value) * { us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit as 'us' | 'ms' | 's' | 'm']
}

async function load(
  root: number,
  url: string,
  script: string | null,
  options: LoadOptions,
): Promise<Load> {
  const args = [
    '-t1',
    `-c${options.connections}`,
    `-d${options.seconds}s`,
    '--latency',
    '--timeout',
    '30s',
    ...(script ? ['-s', script] : []),
    url,
  ]
  const before = cpuMicroseconds(root)
  const { stdout } = await run('wrk', args)
  const cpu = cpuMicroseconds(root) - before
  if (/Non-2xx|Socket errors/.test(stdout))
    throw new Error(`wrk reported failures at ${url}:\n${stdout}`)
  const field = (pattern: RegExp) => pattern.exec(stdout)?.[1] ?? ''
  return {
    cpu: cpu / Number(field(/(\d+) requests in/)),
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

/** Starts `contender` once and measures everything; always stops the server. */
export async function measure(contender: Contender, options: LoadOptions): Promise<Measurement> {
  const port = await freePort()
  const [program, ...args] = contender.command
  const started = performance.now()
  const server = spawn(program!, [...args, ...contender.options(port)], {
    cwd: contender.directory,
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    const coldStart = await firstResponse(server, port, contender.hello, started)
    await pause(500)
    const root = server.pid!
    const origin = `http://127.0.0.1:${port}`
    const script = join(import.meta.dirname, 'order.lua')
    const idleMemory = memoryBytes(root) / 1e6
    await load(root, origin + contender.hello, null, { ...options, seconds: 1 })
    const hello = await load(root, origin + contender.hello, null, options)
    let order: Load | null = null
    if (contender.order !== null) {
      await load(root, origin + contender.order, script, { ...options, seconds: 1 })
      order = await load(root, origin + contender.order, script, options)
    }
    return { coldStart, idleMemory, hello, order, loadedMemory: memoryBytes(root) / 1e6 }
  } finally {
    await stop(server)
  }
}
