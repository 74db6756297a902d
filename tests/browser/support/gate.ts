/**
 * A server on loopback for pages that wait: it responds to a path when the test opens it.
 */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export class Gate implements AsyncDisposable {
  readonly #server: Server
  readonly #waiting = new Map<string, ServerResponse>()
  readonly #open = new Set<string>()

  private constructor(server: Server) {
    this.#server = server
    server.on('request', (request, response) => {
      const name = request.url!.slice(1)
      if (this.#open.has(name)) response.end()
      else this.#waiting.set(name, response)
    })
  }

  static async start(): Promise<Gate> {
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    return new Gate(server)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Responds to the request for `/NAME`, now or when it comes. */
  open(name: string): void {
    this.#open.add(name)
    this.#waiting.get(name)?.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const response of this.#waiting.values()) response.destroy()
    await new Promise((done) => this.#server.close(done))
  }
}
