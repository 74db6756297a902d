import { initialCredit } from '../../../../protocol/generated/frames.ts'
import type { ResponseFrame } from '../link/frame_writer.ts'
import type { FrameSink, Invocation, PendingWork } from '../invocation/invocation.ts'

/** Takes the place of the link for one invocation whose whole answer is wanted. */
export class CollectedAnswer implements FrameSink, PendingWork {
  status = 0
  /** `Name: value\r\n` for each field, Latin-1. */
  fields = ''
  /** Settles when the answer is whole. Rejects where the handler gives up after it has begun. */
  readonly whole: Promise<Buffer>
  readonly #chunks: Buffer[] = []
  readonly #work: Promise<unknown>[] = []
  #invocation: Invocation | null = null
  #resolve!: (body: Buffer) => void
  #reject!: (error: Error) => void

  constructor() {
    this.whole = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** Whose answer this is, before it runs. */
  listenTo(invocation: Invocation): void {
    this.#invocation = invocation
  }

  /** Waits for what the handler has left to do after its answer. */
  async settled(): Promise<void> {
    for (let work = this.#work.pop(); work !== undefined; work = this.#work.pop())
      await work.catch(() => undefined)
  }

  response(_stream: number, { status, fields, body, end }: ResponseFrame): void {
    this.status = status
    // A text goes out as UTF-8 together with its fields.
    this.fields = typeof body === 'string' ? Buffer.from(fields, 'utf8').toString('latin1') : fields
    this.#take(body, end)
  }

  body(_stream: number, bytes: Uint8Array, end: boolean): void {
    this.#take(bytes, end)
  }

  end(): void {
    this.#take(null, true)
  }

  abort(): void {
    this.#reject(new Error('the handler gave up before its answer was whole'))
  }

  credit(): void {}

  over(): void {}

  add(promise: Promise<unknown>): void {
    this.#work.push(promise)
  }

  #take(body: string | Uint8Array | null, end: boolean): void {
    const bytes = Buffer.from((body ?? '') as string)
    this.#chunks.push(bytes)
    if (end) this.#resolve(Buffer.concat(this.#chunks))
    // Not inside of the call that sends.
    else if (bytes.length > 0)
      queueMicrotask(() => this.#invocation?.receiveCredit(Math.min(bytes.length, initialCredit)))
  }
}
