/**
 * Reads HTTP/1.1 responses from bytes as they arrive (RFC 9112, 6), and keeps everything that a
 * client sees.
 */
import { constants, unzipSync } from 'node:zlib'

/** A response as a client sees it. */
export interface ReceivedResponse {
  /** 0 if there was no response. */
  readonly status: number
  readonly reason: string
  /** Names in lower case, in the order received. One character is one byte. */
  readonly fields: readonly (readonly [string, string])[]
  /** Decoded if it was compressed with gzip or deflate. */
  readonly body: string
  /** The statuses of preceding interim responses (1xx). */
  readonly interim: readonly number[]
  /** Part of the body arrived before its end. */
  readonly early: boolean
  /** The fault of the message itself, or the reason why it has no end. */
  readonly broken: string | null
}

/** Returns the content of a compressed body: servers may compress differently. */
function decoded(body: string, fields: readonly (readonly [string, string])[]): string {
  const coding = fields.find(([name]) => name === 'content-encoding')?.[1]
  if (body === '' || (coding !== 'gzip' && coding !== 'deflate')) return body
  try {
    return unzipSync(Buffer.from(body, 'latin1'), { finishFlush: constants.Z_SYNC_FLUSH }).toString(
      'latin1',
    )
  } catch {
    return body
  }
}

type State = 'head' | 'length' | 'size' | 'chunk' | 'trailer' | 'close' | 'done'

/** Takes the bytes of one connection and returns its responses one after another. */
export class ResponseReader {
  #received = ''
  #state: State = 'head'
  #head = false
  #left = 0
  #status = 0
  #reason = ''
  #fields: [string, string][] = []
  #body: string[] = []
  #interim: number[] = []
  #early = false
  #fault: string | null = null

  /** Begins the next response; `head`: it responds to HEAD, so no body follows. */
  begin(head: boolean): void {
    this.#state = 'head'
    this.#head = head
    this.#status = 0
    this.#reason = ''
    this.#fields = []
    this.#body = []
    this.#interim = []
    this.#early = false
    this.#fault = null
    this.#advance()
  }

  push(bytes: Buffer): void {
    this.#received += bytes.toString('latin1')
    this.#advance()
  }

  /** Whether the current response has ended. */
  get done(): boolean {
    return this.#state === 'done'
  }

  /** Whether no byte of the current response has arrived. */
  get untouched(): boolean {
    return this.#state === 'head' && this.#received === '' && this.#interim.length === 0
  }

  /** Bytes that arrived after the response. */
  get rest(): string {
    return this.#received
  }

  /** Returns the current response, complete or as far as it arrived before the connection ended. */
  finish(): ReceivedResponse {
    const isComplete = this.#state === 'done' || this.#state === 'close'
    const cut =
      this.#status === 0
        ? 'the connection ended without a response'
        : 'the connection ended within the response'
    return {
      status: this.#status,
      reason: this.#reason,
      fields: this.#fields,
      body: decoded(this.#body.join(''), this.#fields),
      interim: this.#interim,
      early: this.#early,
      broken: isComplete ? this.#fault : cut,
    }
  }

  #advance(): void {
    while (this.#step()) {}
    if (this.#state !== 'done' && this.#state !== 'head' && this.#body.length > 0)
      this.#early = true
  }

  /** Reads one complete part; returns false if more bytes are needed. */
  #step(): boolean {
    switch (this.#state) {
      case 'done':
        return false
      case 'head': {
        const end = this.#received.indexOf('\r\n\r\n')
        if (end < 0) return false
        this.#readHead(this.#take(end + 4).slice(0, -4))
        return true
      }
      case 'size':
      case 'trailer': {
        const end = this.#received.indexOf('\r\n')
        if (end < 0) return false
        this.#readLine(this.#take(end + 2).slice(0, -2))
        return true
      }
      case 'chunk': {
        if (this.#received.length < this.#left + 2) return false
        this.#body.push(this.#take(this.#left + 2).slice(0, -2))
        this.#state = 'size'
        return true
      }
      case 'length': {
        const part = this.#take(Math.min(this.#left, this.#received.length))
        if (part !== '') this.#body.push(part)
        this.#left -= part.length
        if (this.#left === 0) this.#state = 'done'
        return false
      }
      case 'close':
        if (this.#received !== '') this.#body.push(this.#take(this.#received.length))
        return false
    }
  }

  #readHead(head: string): void {
    const [first = '', ...lines] = head.split('\r\n')
    const match = /^HTTP\/1\.1 (\d{3}) ?(.*)$/s.exec(first)
    if (!match) this.#fault = `no status line of HTTP/1.1: ${JSON.stringify(first)}`
    const status = Number(match?.[1] ?? 999)
    if (status >= 100 && status < 200 && status !== 101) {
      this.#interim.push(status)
      return
    }
    this.#status = status
    this.#reason = match?.[2] ?? first
    this.#fields = lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    })
    this.#frame()
  }

  /** Determines how the body ends, and reports contradictory fields. */
  #frame(): void {
    const lengths = this.#fields
      .filter(([name]) => name === 'content-length')
      .map(([, value]) => value)
    const chunked = this.#fields.some(
      ([name, value]) => name === 'transfer-encoding' && /chunked/i.test(value),
    )
    const bodiless = this.#status === 204 || this.#status === 304 || this.#status === 101
    if (lengths.length > 1) this.#fault = `two lengths: ${lengths.join(', ')}`
    else if (lengths.length > 0 && chunked) this.#fault = 'both a length and chunks'
    else if (bodiless && chunked) this.#fault = `a ${this.#status} announces a body`
    this.#left = Number(lengths[0] ?? 0)
    if (this.#head || bodiless) this.#state = 'done'
    else if (chunked) this.#state = 'size'
    else if (lengths.length > 0) this.#state = this.#left > 0 ? 'length' : 'done'
    else this.#state = 'close'
  }

  #readLine(line: string): void {
    if (this.#state === 'trailer') {
      if (line === '') this.#state = 'done'
      return
    }
    if (!/^[\da-f]+[ \t]*(?:;|$)/i.test(line)) {
      this.#fault = `invalid chunk size: ${JSON.stringify(line)}`
      this.#state = 'close'
      return
    }
    this.#left = Number.parseInt(line, 16)
    this.#state = this.#left > 0 ? 'chunk' : 'trailer'
  }

  #take(count: number): string {
    const taken = this.#received.slice(0, count)
    this.#received = this.#received.slice(count)
    return taken
  }
}
