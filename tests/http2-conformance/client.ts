/** Runs a case on a connection of its own and says what is wrong with what it sees. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Case, Expected, SentFrame, Step } from './case.ts'
import {
  block,
  encode,
  errors,
  type FlagName,
  type Frame,
  FrameReader,
  flags as flagBits,
  preface,
  types,
} from './frames.ts'

const bits = (names: readonly FlagName[] = []): number =>
  names.reduce((all, name) => all | flagBits[name], 0)

const typeOf = (type: SentFrame['type']): number => (typeof type === 'number' ? type : types[type])

function bytesOf(frame: SentFrame): Buffer {
  const payload = Buffer.concat([
    Buffer.from((frame.hex ?? '').replaceAll(' ', ''), 'hex'),
    block(frame.fields ?? []),
    Buffer.alloc(frame.zeros ?? 0),
  ])
  return encode(typeOf(frame.type), bits(frame.flags), frame.stream ?? 0, payload, frame.length)
}

function settingsFrame(pairs: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(6 * pairs.length)
  pairs.forEach(([id, value], index) => {
    payload.writeUInt16BE(id, 6 * index)
    payload.writeUInt32BE(value, 6 * index + 2)
  })
  return encode(types.SETTINGS, 0, 0, payload)
}

/** A connection that remembers the frames it has received. */
export class Http2Client implements Disposable {
  readonly #socket: Socket
  readonly #reader = new FrameReader()
  readonly frames: Frame[] = []
  ended = false
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.frames.push(...this.#reader.push(bytes))
      this.#wake()
    })
    // A reset counts as an end.
    socket.on('error', () => {})
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.ended = true
        this.#wake()
      })
    }
  }

  static async connect(port: number): Promise<Http2Client> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new Http2Client(socket)
  }

  /** Sends the preface and settings, and acknowledges those of the server. */
  async handshake(settings: readonly (readonly [number, number])[] = []): Promise<void> {
    this.send(Buffer.concat([preface, settingsFrame(settings)]))
    await this.find((frame) => frame.type === types.SETTINGS && frame.flags === 0)
    this.send(encode(types.SETTINGS, flagBits.ACK, 0, Buffer.alloc(0)))
  }

  send(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes)
  }

  /** Resolves when `look` returns something; null at the end of the connection. */
  async until<T>(look: () => T | undefined): Promise<T | null> {
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      if (this.ended) return null
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  find(matches: (frame: Frame) => boolean): Promise<Frame | null> {
    return this.until(() => this.frames.find(matches))
  }

  /** Returns the status of a stream's response; NaN if its head is compressed otherwise. */
  statusOf(stream: number): number {
    const head = this.frames.find(
      (frame) => frame.type === types.HEADERS && frame.stream === stream,
    )
    // The status is in the static table (RFC 7541 appendix A), or a literal.
    const indexed: Readonly<Record<number, number>> = {
      136: 200,
      137: 204,
      138: 206,
      139: 304,
      140: 400,
      141: 404,
      142: 500,
    }
    const first = head?.payload[0]
    if (head === undefined || first === undefined) return Number.NaN
    return indexed[first] ?? Number(head.payload.subarray(2, 5).toString('latin1'))
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}

const matcher =
  (type: number, stream?: number, names: readonly FlagName[] = []) =>
  (frame: Frame): boolean =>
    frame.type === type &&
    (stream === undefined || frame.stream === stream) &&
    (frame.flags & bits(names)) === bits(names)

async function take(client: Http2Client, step: Step): Promise<void> {
  if ('raw' in step) client.send(Buffer.from(step.raw, 'latin1'))
  else if ('wait' in step) await client.find(matcher(types[step.wait], step.stream, step.flags))
  else client.send(bytesOf(step))
}

const codeOf = (frame: Frame): string =>
  errors[frame.payload.readUInt32BE(frame.type === types.GOAWAY ? 4 : 0)] ?? 'unknown'

/** Says what the frames are, for a failed test. */
const story = (client: Http2Client): string =>
  `${client.frames
    .map(
      ({ type, flags, stream, payload }) =>
        `type ${type} flags ${flags} stream ${stream} ${payload.toString('hex').slice(0, 60)}`,
    )
    .join('; ')}${client.ended ? '; end' : ''}`

async function faultOf(client: Http2Client, expected: Expected): Promise<string | null> {
  if ('connection' in expected || 'error' in expected) {
    const stream = 'error' in expected ? expected.stream : null
    const codes: readonly string[] = 'error' in expected ? expected.error : expected.connection
    const frame = await client.find(
      ({ type, stream: id }) =>
        type === types.GOAWAY || (stream !== null && type === types.RST_STREAM && id === stream),
    )
    // A closed connection is as good as its reason.
    if (frame === null || codes.includes(codeOf(frame))) return null
    return `expected ${codes.join(' or ')}, got ${codeOf(frame)}`
  }
  if ('response' in expected) {
    const frame = await client.find(
      ({ type, flags, stream }) =>
        stream === expected.response &&
        ((type <= types.HEADERS && (flags & flagBits.END_STREAM) !== 0) ||
          type === types.RST_STREAM),
    )
    if (frame === null || frame.type === types.RST_STREAM) return 'there is no complete response'
    const status = client.statusOf(expected.response)
    const wanted = expected.status ?? 200
    return status === wanted || Number.isNaN(status) ? null : `status ${status} is not ${wanted}`
  }
  const found = await client.find(
    (frame) =>
      matcher(types[expected.frame], expected.stream, expected.flags)(frame) &&
      (expected.hex === undefined || frame.payload.toString('hex') === expected.hex) &&
      (expected.length === undefined || frame.payload.length === expected.length),
  )
  return found === null ? 'there is no such frame' : null
}

/** Runs a case; returns what is wrong, or null. */
export async function run(port: number, one: Case): Promise<string | null> {
  using client = await Http2Client.connect(port)
  if (one.handshake !== false) await client.handshake(one.settings)
  for (const step of one.steps) await take(client, step)
  const fault = await faultOf(client, one.expect)
  return fault === null ? null : `${fault}: ${story(client)}`
}
