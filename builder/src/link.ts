/**
 * Implements the builder's side of the link (protocol/link.md): JSON messages in frames over a
 * socket. A message longer than one frame is split into several, of which only the last has the
 * flag `end`.
 */
import type { Duplex } from 'node:stream'
import { flagEnd, frameHeadSize, Kind, maxPayload } from '../../protocol/generated/frames.ts'

/** The JSON object that a frame carries. */
export type Message = Record<string, unknown>

/** One complete message as read. */
export interface Received {
  readonly kind: number
  readonly payload: Buffer
}

/** Splits a byte stream into messages; pure, so that it can be tested without a socket. */
export class MessageReader {
  #bytes: Buffer = Buffer.alloc(0)
  #parts: Buffer[] = []

  /**
   * Takes bytes and returns the messages that they complete.
   * @throws Error if the bytes violate the protocol.
   */
  push(chunk: Buffer): Received[] {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    const messages: Received[] = []
    while (this.#bytes.length >= frameHeadSize) {
      const length = this.#bytes.readUInt32LE(0)
      if (length > maxPayload)
        throw new Error(`a frame of ${length} bytes: the link allows ${maxPayload}`)
      if (this.#bytes.length < frameHeadSize + length) break
      const kind = this.#bytes.readUInt8(4)
      const end = (this.#bytes.readUInt8(5) & flagEnd) !== 0
      this.#parts.push(this.#bytes.subarray(frameHeadSize, frameHeadSize + length))
      this.#bytes = this.#bytes.subarray(frameHeadSize + length)
      if (kind === Kind.build && !end) continue
      messages.push({ kind, payload: Buffer.concat(this.#parts) })
      this.#parts = []
    }
    return messages
  }
}

/** Returns the frames of one message. */
export function encodeMessage(kind: number, payload: Buffer): Buffer {
  const frames: Buffer[] = []
  let at = 0
  do {
    const part = payload.subarray(at, at + maxPayload)
    at += part.length
    const head = Buffer.alloc(frameHeadSize)
    head.writeUInt32LE(part.length, 0)
    head.writeUInt8(kind, 4)
    head.writeUInt8(at === payload.length ? flagEnd : 0, 5)
    frames.push(head, part)
  } while (at < payload.length)
  return Buffer.concat(frames)
}

/** How a builder handles requests. */
export interface LinkHandler {
  /** Handles one `build` message. Called one at a time, in order. */
  build(message: Message): Promise<Message>
  /** A drain was requested: the message that is being handled need not be completed. */
  ending?(): void
}

/**
 * Handles what arrives on `socket` until it ends: replies to messages in order, to pings at once.
 * @returns a promise that settles when the other side has ended the link or requested a drain.
 */
export function serveLink(socket: Duplex, handler: LinkHandler): Promise<void> {
  const reader = new MessageReader()
  let queue = Promise.resolve()
  return new Promise((resolve, reject) => {
    const reply = async (payload: Buffer): Promise<void> => {
      const result = await handler.build(JSON.parse(payload.toString('utf8')) as Message)
      socket.write(encodeMessage(Kind.built, Buffer.from(JSON.stringify(result))))
    }
    const take = ({ kind, payload }: Received): void => {
      if (kind === Kind.build) queue = queue.then(() => reply(payload))
      else if (kind === Kind.ping) socket.write(encodeMessage(Kind.pong, payload))
      else if (kind === Kind.drain) {
        handler.ending?.()
        queue = queue.then(resolve)
      } else throw new Error(`a frame of kind ${kind} is not for a builder`)
      queue.catch(reject)
    }
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const message of reader.push(chunk)) take(message)
      } catch (error) {
        reject(error as Error)
      }
    })
    socket.on('end', resolve)
    socket.on('close', resolve)
    socket.on('error', reject)
  })
}
