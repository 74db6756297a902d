/**
 * Implements HTTP/1.1 by hand: the exact bytes of the test are sent, and responses are parsed byte
 * by byte.
 */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { hangTimeout } from './hang_timeout.ts'

const timeout = hangTimeout(90)

export interface RawResponse {
  /** `HTTP/1.1 200 OK` */
  readonly statusLine: string
  readonly status: number
  /** Values by lower-case name; repeated ones joined with ", ". */
  readonly headers: Readonly<Record<string, string>>
  /** Names and values as they were sent, in order. */
  readonly fields: readonly (readonly [string, string])[]
  /** The body, chunks joined. */
  readonly body: string
  /** The data of each chunk if the body is chunked. */
  readonly chunks: readonly string[]
}

/** A connection whose bytes the test controls. All texts are latin1: one character is one byte. */
export class RawClient implements Disposable {
  readonly #socket: Socket
  #received = ''
  #ended = false
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.#received += text
      this.#wake()
    })
    // A reset counts as an end: tests check what arrived before.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#ended = true
      this.#wake()
    })
    socket.on('end', () => {
      this.#ended = true
      this.#wake()
    })
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<RawClient> {
    const socket = connect({ port, host, allowHalfOpen: true, noDelay: true })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** Writes bytes unchanged. Resolves when the kernel has accepted them. */
  send(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: Error | null) => (error ? reject(error) : resolve())
      if (typeof bytes === 'string') this.#socket.write(bytes, 'latin1', done)
      else this.#socket.write(bytes, done)
    })
  }

  /** Closes this side's sending; the server can still respond. */
  end(): void {
    this.#socket.end()
  }

  /** Pauses or resumes reading, so that the server's writes are blocked. */
  pause(): void {
    this.#socket.pause()
  }
  resume(): void {
    this.#socket.resume()
  }

  /** Closes the connection. `reset`: with RST, as a crashed client does. */
  destroy(reset = false): void {
    if (reset) this.#socket.resetAndDestroy()
    else this.#socket.destroy()
  }
  [Symbol.dispose](): void {
    this.destroy()
  }

  /** Returns the bytes that arrived and have not been read as a response. */
  received(): string {
    return this.#received
  }

  /** Whether the server has closed the connection. */
  get ended(): boolean {
    return this.#ended
  }

  /** Resolves when the server has closed the connection, with the bytes that had not been read. */
  async closed(): Promise<string> {
    await this.#until(() => (this.#ended ? true : undefined), 'the end of the connection')
    return this.#received
  }

  /** Resolves with the match once the unread bytes match; they stay unread. */
  matching(pattern: RegExp): Promise<RegExpMatchArray> {
    return this.#until(() => this.#received.match(pattern) ?? undefined, String(pattern))
  }

  /**
   * Reads one response. `head`: it is a response to HEAD, so no body follows. An interim 1xx
   * response counts as one.
   */
  async response(options: { readonly head?: boolean } = {}): Promise<RawResponse> {
    const end = await this.#until(() => {
      const at = this.#received.indexOf('\r\n\r\n')
      return at < 0 ? undefined : at
    }, 'a response head')
    const [statusLine = '', ...lines] = this.#take(end + 4)
      .slice(0, -4)
      .split('\r\n')
    const fields = lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const
    })
    const headers: Record<string, string> = {}
    for (const [name, value] of fields) {
      const key = name.toLowerCase()
      headers[key] = key in headers ? `${headers[key]}, ${value}` : value
    }
    const status = Number(statusLine.split(' ')[1])
    const chunks: string[] = []
    let body = ''
    if (options.head || status < 200 || status === 204 || status === 304) {
      // These responses have no body.
    } else if (/chunked/i.test(headers['transfer-encoding'] ?? '')) {
      for (let chunk = await this.#chunk(); chunk !== ''; chunk = await this.#chunk())
        chunks.push(chunk)
      body = chunks.join('')
    } else if (headers['content-length'] !== undefined) {
      body = await this.#exactly(Number(headers['content-length']))
    } else {
      await this.closed()
      body = this.#take(this.#received.length)
    }
    return { statusLine, status, headers, fields, body, chunks }
  }

  async #chunk(): Promise<string> {
    const end = await this.#until(() => {
      const at = this.#received.indexOf('\r\n')
      return at < 0 ? undefined : at
    }, 'a chunk')
    const size = Number.parseInt(this.#take(end + 2), 16)
    if (size > 0) return (await this.#exactly(size + 2)).slice(0, -2)
    // Trailer fields, if any, and the empty line.
    for (;;) {
      const line = await this.#until(() => {
        const at = this.#received.indexOf('\r\n')
        return at < 0 ? undefined : at
      }, 'the end of the chunks')
      this.#take(line + 2)
      if (line === 0) return ''
    }
  }

  async #exactly(count: number): Promise<string> {
    await this.#until(() => (this.#received.length >= count ? true : undefined), `${count} bytes`)
    return this.#take(count)
  }

  #take(count: number): string {
    const taken = this.#received.slice(0, count)
    this.#received = this.#received.slice(count)
    return taken
  }

  #until<T>(look: () => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(late)
        this.#wake = () => {}
        settle()
      }
      const fail = (why: string) =>
        finish(() =>
          reject(
            new Error(
              `${why} while waiting for ${what}; received: ${JSON.stringify(this.#received)}`,
            ),
          ),
        )
      const late = setTimeout(() => fail('nothing more came'), timeout)
      this.#wake = () => {
        const found = look()
        if (found !== undefined) finish(() => resolve(found))
        else if (this.#ended) fail('the connection ended')
      }
      this.#wake()
    })
  }
}

/** Sends bytes on a new connection, reads one response, and closes the connection. */
export async function rawRequest(
  port: number,
  bytes: string | Uint8Array,
  options: { readonly head?: boolean } = {},
): Promise<RawResponse> {
  using client = await RawClient.connect(port)
  await client.send(bytes)
  return await client.response(options)
}
