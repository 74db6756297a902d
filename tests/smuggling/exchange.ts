/** Sends a message on a connection of its own and reports what its client gets. */
import { RawClient, rawRequest, type RawResponse } from '../e2e/support/raw.ts'
import type { Message } from './messages.ts'

/** What the client of a message got. */
export interface Got {
  /** Final responses, in order. */
  readonly responses: readonly RawResponse[]
  /** Whether the server closed the connection by itself. */
  readonly closed: boolean
  /** Bytes after the responses that are none. */
  readonly rest: string
}

/** The last segment of the path of the request that follows each message. */
export const last = 'end'

const sentinel = 'GET /sentinel HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'

/** How often the server responds to others before a connection that gets nothing is given up. */
const turns = 3

/**
 * Sends a message, and after it a request that closes the connection. Resolves when the connection
 * is closed; if the server waits for more, it is first closed on the client's side, then on both.
 */
export async function exchange(port: number, message: Message, id: string): Promise<Got> {
  using client = await RawClient.connect(port)
  const closing = `GET /${id}/${last} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`
  await client.send(message.send.replaceAll('{id}', id) + closing).catch(() => undefined)
  const responses: RawResponse[] = []
  let done = false
  const reading = (async () => {
    for (;;) {
      const response = await client
        .response({ head: message.head === true && responses.length === 0 })
        .catch(() => null)
      if (response === null) break
      if (response.status >= 200) responses.push(response)
    }
    done = true
  })()
  let closed = true
  for (const give of [() => client.end(), () => client.destroy()]) {
    await idle(port, () => (done ? null : responses.length + client.received().length))
    if (done) break
    closed = false
    give()
  }
  await reading
  return { responses, closed, rest: client.received() }
}

/**
 * Resolves when `progress` is null, or has not changed while the server responded to others: it has
 * then processed what it was sent.
 */
async function idle(port: number, progress: () => number | null): Promise<void> {
  let before = progress()
  for (let unchanged = 0; before !== null && unchanged < turns; ) {
    await rawRequest(port, sentinel)
    const now = progress()
    unchanged = now === before ? unchanged + 1 : 0
    before = now
  }
}
