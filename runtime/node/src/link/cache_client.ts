import type { FrameWriter } from './frame_writer.ts'
import { flagEnd, Kind, maxPayload } from '../../../../protocol/generated/frames.ts'

/** What the server answers a question of the data cache; protocol/link.md has the questions. */
export interface CacheAnswer {
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
 * Asks the data cache that all workers of the server share; see "The data cache" in
 * protocol/link.md.
 */
export class CacheClient {
  readonly #writer: FrameWriter
  readonly #waiting = new Map<number, (answer: CacheAnswer) => void>()
  #parts: string[] = []
  #newest = 0

  constructor(writer: FrameWriter) {
    this.#writer = writer
  }

  /**
   * Sends a question; what was sent before it is done before it.
   * @returns its answer. Rejects where the server finds fault with the question.
   */
  ask(question: object): Promise<CacheAnswer> {
    const id = ++this.#newest
    const bytes = Buffer.from(JSON.stringify({ id, ...question }))
    for (let at = 0; at < bytes.length; at += maxPayload) {
      const end = at + maxPayload >= bytes.length
      this.#writer.frame(Kind.cache, 0, bytes.subarray(at, at + maxPayload), end)
    }
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (answer) => {
        if (answer.error === undefined) resolve(answer)
        else reject(new Error(`the data cache refuses a question: ${answer.error}`))
      })
    })
  }

  /** Takes a `cached` frame; false where it breaks the protocol. */
  receive(flags: number, bytes: Buffer, start: number, end: number): boolean {
    // A character may be cut in two: the parts are joined as bytes are.
    this.#parts.push(bytes.latin1Slice(start, end))
    if ((flags & flagEnd) === 0) return true
    const text = Buffer.from(this.#parts.join(''), 'latin1').toString('utf8')
    this.#parts = []
    let answer: CacheAnswer
    try {
      answer = JSON.parse(text)
    } catch {
      return false
    }
    const waiting = this.#waiting.get(answer?.id)
    if (waiting === undefined) return false
    this.#waiting.delete(answer.id)
    waiting(answer)
    return true
  }
}
