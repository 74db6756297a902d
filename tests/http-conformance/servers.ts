/**
 * Starts the servers that the cases are sent to: Millrace, node's own, and Debian's nginx in front
 * of an echo server.
 */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build, freePort, project, startServer } from '../e2e/support/index.ts'
import { nginxProgram, startNginxWith } from '../e2e/support/nginx.ts'
import { sentinel } from './observe.ts'

/** A server that runs until `stop()`. */
export interface Tested {
  readonly name: string
  readonly port: number
  stop(): Promise<unknown>
}

/**
 * Responds to GET and HEAD with a word, to POST with its body, to OPTIONS with 204, and to all else
 * with 405.
 */
const route = `
  const respond = (body) => new Response(body, { headers: { 'content-type': 'text/plain' } })
  export const GET = (request) => respond(request.nextUrl.pathname === '/${sentinel}' ? '${sentinel}' : 'hello')
  export const POST = async (request) => respond(await request.text())
`

export async function startMillrace(): Promise<Tested> {
  const directory = project({
    files: {
      'package.json': '{ "name": "http-conformance", "private": true }',
      'app/[[...path]]/route.js': route,
    },
  })
  await build(directory)
  const server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
  return { name: 'Millrace', port: server.port, stop: () => server.stop() }
}

/** Starts a node:http server with the same responses. */
export async function startNode(): Promise<Tested> {
  const server = createServer((request, response) => void echo(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    server.closeAllConnections()
    server.close()
  }
  return {
    name: `node:http ${process.version}`,
    port: (server.address() as AddressInfo).port,
    stop,
  }
}

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url } = request
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
  } catch {
    return
  }
  const allow = 'GET, HEAD, OPTIONS, POST'
  if (method === 'OPTIONS') response.writeHead(204, { allow }).end()
  else if (!['GET', 'HEAD', 'POST'].includes(method!)) response.writeHead(405, { allow }).end()
  else
    response
      .writeHead(200, { 'content-type': 'text/plain' })
      .end(method === 'POST' ? Buffer.concat(chunks) : url === `/${sentinel}` ? sentinel : 'hello')
}

/**
 * Starts nginx in its most usual role: as a reverse proxy for an application server, which is
 * node's here.
 */
export async function startNginx(): Promise<Tested> {
  const upstream = await startNode()
  const port = await freePort()
  const location = `location / { proxy_pass http://127.0.0.1:${upstream.port}; proxy_http_version 1.1; proxy_set_header Host $http_host; }`
  const end = await startNginxWith(`server { listen 127.0.0.1:${port}; ${location} }`, port)
  const stop = async () => {
    await end()
    await upstream.stop()
  }
  const { stderr } = spawnSync(nginxProgram, ['-v'], { encoding: 'utf8' })
  return { name: `nginx ${/\d[\d.]*/.exec(stderr)?.[0] ?? ''}`, port, stop }
}
