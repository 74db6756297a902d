/** Sends one request of the table over a kept connection and records all of what a client sees of the answer. */
import { Agent, type OutgoingHttpHeaders, request as httpRequest } from 'node:http'
import type { DifferentialRequest } from './requests.ts'

/** An answer as a client sees it; the server's own address is written as `{host}`. */
export interface Answer {
  readonly status: number
  readonly reason: string
  /** Lower-case name to its values, in the order received. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  /** One character a byte. */
  readonly body: string
  /** Why the connection broke, where it did. */
  readonly broken: string | null
}

/** One connection at a time to the server at `port`; `close` drops it. */
export class Client {
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(port: number) {
    this.#port = port
  }

  /** Resolves with the answer; rejects when there is none within ninety seconds. */
  send(request: DifferentialRequest): Promise<Answer> {
    const headers: OutgoingHttpHeaders = { ...request.headers }
    if (request.body !== null && !request.chunked) headers['Content-Length'] = String(request.body.length)
    if (request.chunked) headers['Transfer-Encoding'] = 'chunked'
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest({
        host: '127.0.0.1',
        port: this.#port,
        agent: this.#agent,
        method: request.method,
        path: request.target,
        headers,
        timeout: 90_000,
      })
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${request.method} ${request.target}`)))
      outgoing.on('error', reject)
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = []
        const finish = (broken: string | null) =>
          resolve({
            status: incoming.statusCode ?? 0,
            reason: incoming.statusMessage ?? '',
            headers: this.#fields(incoming.rawHeaders),
            body: this.#anonymous(Buffer.concat(chunks).toString('latin1')),
            broken,
          })
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () => finish(null))
        incoming.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message))
      })
      if (request.chunked && request.body !== null) {
        const middle = request.body.length >> 1
        outgoing.write(request.body.subarray(0, middle))
        outgoing.write(request.body.subarray(middle))
        outgoing.end()
      } else {
        outgoing.end(request.body ?? undefined)
      }
    })
  }

  close(): void {
    this.#agent.destroy()
  }

  #anonymous(text: string): string {
    return text.replaceAll(`127.0.0.1:${this.#port}`, '{host}').replaceAll(`localhost:${this.#port}`, '{host}')
  }

  #fields(raw: readonly string[]): Map<string, string[]> {
    const fields = new Map<string, string[]>()
    for (let i = 0; i < raw.length; i += 2) {
      const name = raw[i]!.toLowerCase()
      const values = fields.get(name) ?? []
      values.push(this.#anonymous(raw[i + 1]!))
      fields.set(name, values)
    }
    return fields
  }
}
