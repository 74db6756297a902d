import type { FrameWriter } from './frame_writer.ts'
import { flagEnd, Kind, maxPayload } from '../../../../protocol/generated/frames.ts'

/** The server's reply to a request of the data cache; protocol/link.md lists the requests. */
export interface CacheReply {
  readonly id: number
  readonly state?: 'fresh' | 'stale' | 'none'
  readonly value?: string
  readonly age?: number
  readonly tags?: readonly string[]
  readonly at?: number
  readonly status?: number
  readonly error?: string
}

/**
 * Client of the data cache that all workers of the server share; see "The data cache" in
 * protocol/link.md.
 */
export class CacheClient {
  readonly #writer: FrameWriter
  readonly #waiting = new Map<number, (reply: CacheReply) => void>()
  #parts: string[] = []
  #newest = 0

  constructor(writer: FrameWriter) {
    this.#writer = writer
  }

  /**
   * Sends a request. The server processes requests in the order in which they are sent.
   * @returns its reply. Rejects if the server rejects the request.
   */
  ask(question: object): Promise<CacheReply> {
    const id = ++this.#newest
    const bytes = Buffer.from(JSON.stringify({ id, ...question }))
    for (let at = 0; at < bytes.length; at += maxPayload) {
      const end = at + maxPayload >= bytes.length
      this.#writer.frame(Kind.cache, 0, bytes.subarray(at, at + maxPayload), end)
    }
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (reply) => {
        if (reply.error === undefined) resolve(reply)
        else reject(new Error(`the data cache rejected a request: ${reply.error}`))
      })
    })
  }

  /** Handles a `cached` frame. @returns false for a protocol error. */
  receive(flags: number, bytes: Buffer, start: number, end: number): boolean {
    // A character may be split between two frames, so the parts are joined as bytes.
    this.#parts.push(bytes.latin1Slice(start, end))
    if ((flags & flagEnd) === 0) return true
    const text = Buffer.from(this.#parts.join(''), 'latin1').toString('utf8')
    this.#parts = []
    let reply: CacheReply
    try {
      reply = JSON.parse(text)
    } catch {
      return false
    }
    const waiting = this.#waiting.get(reply?.id)
    if (waiting === undefined) return false
    this.#waiting.delete(reply.id)
    waiting(reply)
    return true
  }
}
