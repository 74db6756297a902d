/**
 * A client of one server: sends requests over its own socket, byte by byte as described, and keeps
 * what later requests need: the connection, cookies, and values from responses.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { type ReceivedResponse, ResponseReader } from './response_reader.ts'
import type { Step } from './step.ts'

/** The address of a server, and the names that replace addresses in data and responses. */
export interface Target {
  readonly host: string
  readonly port: number
  /** `http://…` of the fixture's second server, if it has one. */
  readonly second: string | null
  /** The server uses HTTPS. */
  readonly secure?: boolean
}

/** The limits of one response. */
export interface Bounds {
  /** Maximum duration in milliseconds. */
  readonly timeout: number
  /**
   * The treatment of a response that takes longer: an error, or the part received so far, as a
   * response without an end.
   */
  readonly late: 'reject' | 'cut'
  /** Maximum size in bytes as received; a longer response is cut off. */
  readonly longest: number
}

const usualBounds: Bounds = { timeout: 60_000, late: 'reject', longest: 256 << 20 }

/** One connection. */
class Connection {
  readonly #socket: Socket
  readonly #bounds: Bounds
  readonly #reader = new ResponseReader()
  #ended = false
  #received = 0
  #wake: () => void = () => {}

  private constructor(socket: Socket, bounds: Bounds) {
    this.#socket = socket
    this.#bounds = bounds
    socket.on('data', (bytes: Buffer) => {
      this.#received += bytes.length
      if (this.#received > bounds.longest) {
        socket.destroy()
        return
      }
      this.#reader.push(bytes)
      this.#wake()
    })
    const end = () => {
      this.#ended = true
      this.#wake()
    }
    // A reset counts as an end: what arrived before is compared.
    socket.on('error', end).on('end', end).on('close', end)
  }

  static async open(target: Target, bounds: Bounds): Promise<Connection> {
    const { host, port } = target
    const socket = target.secure
      ? connectSecurely({ port, host, servername: host, ALPNProtocols: ['http/1.1'] })
      : connect({ port, host, allowHalfOpen: true, noDelay: true })
    await once(socket, target.secure ? 'secureConnect' : 'connect')
    return new Connection(socket, bounds)
  }

  get usable(): boolean {
    return !this.#ended
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** Returns the next response; null if the connection ended before its first byte. */
  receive(method: string): Promise<ReceivedResponse | null> {
    this.#reader.begin(method === 'HEAD')
    this.#received = 0
    const { timeout, late: lateness } = this.#bounds
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#wake = () => {}
        const soFar = this.#reader.finish()
        if (lateness === 'cut') resolve({ ...soFar, broken: `no end within ${timeout / 1000} s` })
        else
          reject(
            new Error(
              `no complete response within ${timeout / 1000} s; so far: ${JSON.stringify(soFar)}`,
            ),
          )
      }, timeout)
      this.#wake = () => {
        if (!this.#reader.done && !this.#ended) return
        clearTimeout(late)
        this.#wake = () => {}
        resolve(!this.#reader.done && this.#reader.untouched ? null : this.#reader.finish())
      }
      this.#wake()
    })
  }

  close(): void {
    this.#socket.destroy()
  }
}

const nothing: ReceivedResponse = {
  status: 0,
  reason: '',
  fields: [],
  body: '',
  interim: [],
  early: false,
  broken: 'the connection ended without a response',
}

/** Returns the bytes of a request with variables replaced. */
function bytesOf(
  step: Step,
  fill: (text: string) => string,
  jar: ReadonlyMap<string, string> | null,
): Buffer {
  if (step.raw !== null) return Buffer.from(fill(step.raw), 'latin1')
  const fields = step.headers.map(([name, value]) => [name, fill(value)] as const)
  const has = (wanted: string) => fields.some(([name]) => name.toLowerCase() === wanted)
  const lines = [`${step.method} ${fill(step.path)} HTTP/1.1`]
  if (!has('host')) lines.push(fill('Host: {{host}}'))
  for (const [name, value] of fields) lines.push(`${name}: ${value}`)
  if (jar && jar.size > 0 && !has('cookie'))
    lines.push(`Cookie: ${[...jar].map(([name, value]) => `${name}=${value}`).join('; ')}`)
  let body = step.body?.includes('{{')
    ? Buffer.from(fill(step.body.toString('latin1')), 'latin1')
    : step.body
  if (body && step.chunked) {
    lines.push('Transfer-Encoding: chunked')
    const middle = body.length >> 1
    const parts = [body.subarray(0, middle), body.subarray(middle)].filter(
      (part) => part.length > 0,
    )
    body = Buffer.concat([
      ...parts.flatMap((part) => [
        Buffer.from(`${part.length.toString(16)}\r\n`),
        part,
        Buffer.from('\r\n'),
      ]),
      Buffer.from('0\r\n\r\n'),
    ])
  } else if (body && !has('content-length')) {
    lines.push(`Content-Length: ${body.length}`)
  } else if (!body && !has('content-length') && ['POST', 'PUT', 'PATCH'].includes(step.method)) {
    lines.push('Content-Length: 0')
  }
  return Buffer.concat([
    Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'),
    body ?? Buffer.alloc(0),
  ])
}

/** Stores the cookies of `Set-Cookie` by name alone: there is one server and one path. */
function keepCookies(response: ReceivedResponse, jar: Map<string, string>): void {
  for (const [name, line] of response.fields) {
    if (name !== 'set-cookie') continue
    const [pair = '', ...attributes] = line.split(/;\s*/)
    const at = pair.indexOf('=')
    const expires = attributes
      .map((attribute) => /^expires=(.*)/i.exec(attribute)?.[1])
      .find((value) => value !== undefined)
    const gone =
      attributes.some((attribute) => /^max-age=(0|-.*)$/i.test(attribute)) ||
      (expires !== undefined && Date.parse(expires) <= Date.now())
    if (gone) jar.delete(pair.slice(0, at))
    else jar.set(pair.slice(0, at), pair.slice(at + 1))
  }
}

function captureFrom(response: ReceivedResponse, step: Step, variables: Map<string, string>): void {
  for (const [name, capture] of step.capture) {
    let value: unknown
    if ('header' in capture)
      value = response.fields.find(([field]) => field === capture.header)?.[1]
    else if ('match' in capture) value = capture.match.exec(response.body)?.[1]
    else {
      try {
        value = capture.json
          .split('.')
          .reduce<unknown>(
            (at, key) => (at as Record<string, unknown> | null)?.[key],
            JSON.parse(response.body),
          )
      } catch {
        value = undefined
      }
    }
    // If a server responds differently, the comparison shows it; the following steps are sent
    // anyway.
    variables.set(name, value === undefined ? '' : String(value))
  }
}

/** One client of one server. */
export class Client {
  readonly #target: Target
  readonly #bounds: Bounds
  readonly #jar: Map<string, string> | null
  /** Values that replace `{{name}}` in later requests. */
  readonly variables = new Map<string, string>()
  #connection: Connection | null = null

  /** @param cookies whether cookies of responses are stored and sent. */
  constructor(target: Target, cookies: boolean, bounds: Bounds = usualBounds) {
    this.#target = target
    this.#bounds = bounds
    this.#jar = cookies ? new Map() : null
  }

  readonly #fill = (text: string): string =>
    text.replace(/\{\{([^{}]+)\}\}/g, (whole, name: string) => {
      if (name === 'host') return `${this.#target.host}:${this.#target.port}`
      if (name === 'second') return this.#target.second?.replace('http://', '') ?? whole
      return this.variables.get(name) ?? whole
    })

  /**
   * Sends one step, on the connection of the previous one if that is open, and returns its
   * responses. Stores nothing from them.
   */
  async send(step: Step): Promise<ReceivedResponse[]> {
    const fresh = !this.#connection?.usable
    if (fresh) {
      this.#connection?.close()
      this.#connection = await Connection.open(this.#target, this.#bounds)
    }
    const open = this.#connection!
    open.send(bytesOf(step, this.#fill, step.anonymous ? null : this.#jar))
    const received: ReceivedResponse[] = []
    for (const method of step.methods) {
      const response = await open.receive(method)
      // An idle connection may have been closed while the request was being sent.
      if (response === null && received.length === 0 && !fresh) {
        this.close()
        return this.send(step)
      }
      received.push(response ?? nothing)
    }
    if (
      received.some(
        ({ fields, broken }) =>
          broken !== null ||
          fields.some(([name, value]) => name === 'connection' && /close/i.test(value)),
      )
    )
      this.close()
    return received
  }

  /** Stores a response's cookies and the values that the step captures. */
  keep(step: Step, response: ReceivedResponse): void {
    if (this.#jar && !step.anonymous) keepCookies(response, this.#jar)
    captureFrom(response, step, this.variables)
  }

  close(): void {
    this.#connection?.close()
    this.#connection = null
  }
}
