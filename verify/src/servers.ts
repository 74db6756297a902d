/**
 * The servers that are compared: running ones, given by URL, and Millrace's own, started for the
 * comparison.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Target } from './client.ts'

/** An error that prevents the comparison; its message is for the user. */
export class VerifyError extends Error {}

/** A server that verify has started. */
export interface Started {
  readonly target: Target
  stop(): Promise<void>
}

/**
 * How long a server may take to open its port, in milliseconds. It responds only when its workers
 * are ready, within a request's own time limit.
 */
const timeout = 60_000
/** How long a server may take to exit, in milliseconds. */
const farewell = 15_000
/** Maximum number of characters kept of a server's output. */
const longest = 64 * 1024

/** Returns the server that a URL refers to. */
export function targetOf(url: string, option: string): Target {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw new VerifyError(`${option} ${url}: expected a URL such as http://localhost:3000`)
  }
  const { protocol, hostname, port, pathname } = parsed
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new VerifyError(`${option} ${url}: expected http:// or https://`)
  if (pathname !== '/')
    throw new VerifyError(
      `${option} ${url}: expected a URL without a path; the requests have theirs, basePath included`,
    )
  const secure = protocol === 'https:'
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (secure ? 443 : 80)),
    second: null,
    secure,
  }
}

/** Fails if nothing listens: otherwise every request would report it. */
export async function expectListening(target: Target, option: string): Promise<void> {
  const socket = connect({ host: target.host, port: target.port })
  try {
    await once(socket, 'connect')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new VerifyError(
      `${option}: nothing listens at ${target.host}:${target.port} (${code ?? message}); start that server first`,
    )
  } finally {
    socket.destroy()
  }
}

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** The end of a long output, which contains the reason for a failed build. */
const kept = (text: string) => text.slice(-longest)

/**
 * Builds the project with one engine, beside the current build, and returns the build's folder.
 * Throws a VerifyError with the build's output if it fails.
 */
export async function buildAside(
  program: string,
  directory: string,
  engine: string,
  nodeOption: readonly string[],
): Promise<string> {
  const child = spawn(program, ['build', directory, '--engine', engine, '--aside', ...nodeOption], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output = kept(output + text)))
  const [code] = (await once(child, 'close').finally(() => children.delete(child))) as [
    number | null,
  ]
  const name = /start --build (\S+?)`/.exec(output)?.[1]
  if (code !== 0 || name === undefined)
    throw new VerifyError(
      `the project cannot be built with the engine ${engine}\n${output}`.trimEnd(),
    )
  return join(directory, '.millrace/builds', name)
}

/** Resolves with the port that `millrace start` prints once it listens. */
function portOf(child: ChildProcess, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = ''
    const late = setTimeout(
      () => fail(`did not print its port within ${timeout / 1000} s`),
      timeout,
    )
    const fail = (why: string) => {
      clearTimeout(late)
      reject(new VerifyError(`${command} ${why}\n${output}`.trimEnd()))
    }
    const read = (text: string) => {
      if (output.length < longest) output += text
      const port = /http:\/\/localhost:(\d+)/.exec(output)?.[1]
      if (port === undefined) return
      clearTimeout(late)
      resolve(Number(port))
    }
    child.stdout!.setEncoding('utf8').on('data', read)
    child.stderr!.setEncoding('utf8').on('data', read)
    child.once('error', (error) => fail(`cannot be run: ${error.message}`))
    child.once('close', (code, signal) => fail(`ended with ${code ?? signal}`))
  })
}

/**
 * Starts `millrace start` for a project on a free port of this machine.
 * @param host the host name that requests use.
 */
export async function startMillrace(
  program: string,
  args: readonly string[],
  host: string,
): Promise<Started> {
  const child = spawn(program, ['start', ...args, '-p', '0', '-H', 'localhost'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  const ended = once(child, 'close').finally(() => children.delete(child))
  ended.catch(() => {})
  const port = await portOf(child, `millrace start ${args.join(' ')}`)
  return {
    target: { host, port, second: null },
    async stop() {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), farewell)
      await ended
      clearTimeout(late)
    },
  }
}
