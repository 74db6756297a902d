/**
 * Fetches images of the site itself for the image optimiser: with a request to the server, to which
 * rules, the middleware and routes apply as to any other, without the client's fields.
 */
import type { IncomingMessage } from 'node:http'

import { URL } from '../web/platform.ts'

/** Next.js's stand-in for a request. */
export interface MockedRequest {
  readonly url: string
  readonly method: string
}

/** Next.js's stand-in for a response, which collects the body up to its own maximum. */
export interface MockedResponse {
  statusCode: number
  readonly destroyed: boolean
  setHeader(name: string, value: string | string[]): unknown
  write(chunk: Uint8Array): unknown
  end(): unknown
  destroy(error?: Error): unknown
}

/** In ms. The server sends itself nothing for longer only if a route of the site hangs. */
const longestSilence = 30_000

const ownOrigin = /^https?:\/\/(?:[\w.]+|\[[\w:.]+\]):\d+$/

/**
 * Sends `from` to the server and copies the response into `to`.
 * @param origin of the server, `http://127.0.0.1:3000`.
 * @param silence the time in ms without a byte after which the fetch fails.
 * @throws Error if the server is unknown or the response is incomplete.
 */
export async function fetchFromServer(
  origin: string | undefined,
  from: MockedRequest,
  to: MockedResponse,
  silence = longestSilence,
): Promise<void> {
  if (origin === undefined || !ownOrigin.test(origin))
    throw new Error('the address of the server is unknown')
  // The path is parsed behind a fixed host, so that no path can name another one.
  const { pathname, search } = new URL(`${origin}${from.url}`)
  const { protocol, hostname, port } = new URL(origin)
  const { request } = await (protocol === 'https:' ? import('node:https') : import('node:http'))
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(
      {
        // The socket takes an IPv6 address without its brackets.
        host: hostname.replace(/^\[|\]$/g, ''),
        port,
        method: from.method,
        path: pathname + search,
        agent: false,
        timeout: silence,
        // It is an address of this machine, for which the site's certificate is not made.
        rejectUnauthorized: false,
      },
      resolve,
    )
    sent.once('timeout', () =>
      sent.destroy(new Error(`${from.url}: nothing received in ${silence / 1000} s`)),
    )
    sent.once('error', reject)
    sent.end()
  })
  to.statusCode = response.statusCode ?? 502
  for (const [name, value] of Object.entries(response.headers))
    if (value !== undefined) to.setHeader(name, value)
  for await (const chunk of response) {
    to.write(chunk as Uint8Array)
    if (to.destroyed) {
      response.destroy()
      return
    }
  }
  to.end()
}
