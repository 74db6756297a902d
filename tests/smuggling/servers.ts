/**
 * Starts what the messages are sent to: Millrace with an application that records the requests it
 * gets, and Debian's nginx and HAProxy in front of it. Both keep connections to it for all
 * clients.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  build,
  freePort,
  project,
  rawRequest,
  startServer,
  temporaryDirectory,
} from '../e2e/support/index.ts'
import { startNginxWith } from '../e2e/support/nginx.ts'

const haproxyProgram = '/usr/sbin/haproxy'

/** Whether HAProxy is installed. */
export const hasHaproxy = existsSync(haproxyProgram)

/** A server that runs until `stop()`. */
export interface Running {
  readonly port: number
  stop(): Promise<unknown>
}

/** A request that the application got. */
export interface Seen {
  /** Method and path. */
  readonly what: string
  /** The length of its body; null if the body did not become complete. */
  readonly length: number | null
}

/** Of the response to a request that the application got: what it got. */
export const seenField = 'x-seen'

const route = `
  const seen = (globalThis.seen ??= {})
  async function handle(request) {
    const { pathname, search } = new URL(request.url)
    if (pathname === '/all-seen') return Response.json(seen)
    const what = request.method + ' ' + pathname + search
    const id = /(?:[^0-9a-z]|%2f)(0[0-9a-z]{3})(?![0-9a-z])/.exec(what)?.[1] ?? ''
    const entry = { what, length: null }
    ;(seen[id] ??= []).push(entry)
    entry.length = (await request.arrayBuffer()).byteLength
    return new Response('ok', { headers: { '${seenField}': what + ' ' + entry.length } })
  }
  export { handle as GET, handle as HEAD, handle as POST, handle as PUT, handle as PATCH, handle as DELETE, handle as OPTIONS }
`

/** Starts Millrace with the application. */
export async function startMillrace(): Promise<Running> {
  const directory = project({
    files: {
      'package.json': '{ "name": "smuggling", "private": true }',
      'next.config.js':
        "module.exports = { redirects: async () => [{ source: '/old/:rest*', destination: '/new', permanent: true }] }",
      'public/file.txt': 'a file',
      'app/[...path]/route.js': route,
      'app/only-get/route.js': "export const GET = () => new Response('get')",
    },
  })
  await build(directory)
  const server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
  return { port: server.port, stop: () => server.stop() }
}

/** Starts a Millrace without routes that forwards every request to `port`, over HTTP/1.1. */
export async function startForwarder(port: number): Promise<Running> {
  const directory = project({
    files: {
      'package.json': '{ "name": "forwarder", "private": true }',
      'pages/api/none.js': 'export default (_, res) => res.end()',
      'millrace.toml': `[upstream]\nurl = "http://127.0.0.1:${port}"\n`,
    },
  })
  await build(directory)
  const server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
  return { port: server.port, stop: () => server.stop() }
}

/** Returns what the application has got, by the messages' ids. */
export async function allSeen(port: number): Promise<Readonly<Record<string, readonly Seen[]>>> {
  const { body } = await rawRequest(
    port,
    'GET /all-seen HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
  )
  return JSON.parse(body)
}

/** Starts nginx in front of `port`; bodies are passed on as they arrive. */
export async function startNginx(port: number): Promise<Running> {
  const own = await freePort()
  const stop = await startNginxWith(
    `upstream app { server 127.0.0.1:${port}; keepalive 4; }
     server {
       listen 127.0.0.1:${own};
       location / {
         proxy_pass http://app;
         proxy_http_version 1.1;
         proxy_request_buffering off;
         proxy_set_header Host $http_host;
         proxy_set_header Connection "";
       }
     }`,
    own,
  )
  return { port: own, stop }
}

/**
 * Starts HAProxy in front of `port`; connections to it are shared by all clients. `options` are
 * those of the server `port`.
 */
export async function startHaproxy(port: number, options = ''): Promise<Running> {
  const own = await freePort()
  const folder = temporaryDirectory()
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(
    file,
    `global
  nbthread 1
defaults
  mode http
  timeout connect 60s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend front
  bind 127.0.0.1:${own}
  default_backend app
backend app
  server millrace 127.0.0.1:${port} ${options}
`,
  )
  const child = spawn(haproxyProgram, ['-db', '-q', '-f', file], { cwd: folder, stdio: 'ignore' })
  process.once('exit', () => child.kill('SIGKILL'))
  await responding(child, own)
  const stop = async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return { port: own, stop }
}

/** Resolves when the server at `port` responds. */
async function responding(child: ChildProcess, port: number): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    const ready = await rawRequest(
      port,
      'GET /ready HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
    ).then(
      ({ status }) => status === 200,
      () => false,
    )
    if (ready) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
