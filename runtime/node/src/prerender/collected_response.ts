import { initialCredit } from '../../../../protocol/generated/frames.ts'
import type { ResponseFrame } from '../link/frame_writer.ts'
import type { FrameSink, Invocation, PendingWork } from '../invocation/invocation.ts'

/** Replaces the link for one invocation and collects its complete response. */
export class CollectedResponse implements FrameSink, PendingWork {
  status = 0
  /** `Name: value\r\n` for each field, Latin-1. */
  fields = ''
  /**
   * Settles when the response is complete. Rejects if the handler aborts after it has begun to
   * respond.
   */
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

  /** Sets the invocation that makes the response, before it runs. */
  listenTo(invocation: Invocation): void {
    this.#invocation = invocation
  }

  /** Waits for the work that the handler continues after its response. */
  async settled(): Promise<void> {
    for (let work = this.#work.pop(); work !== undefined; work = this.#work.pop())
      await work.catch(() => undefined)
  }

  response(_stream: number, { status, fields, body, end }: ResponseFrame): void {
    this.status = status
    // A text is sent as UTF-8 together with its fields.
    this.fields = typeof body === 'string' ? Buffer.from(fields, 'utf8').toString('latin1') : fields
    this.#take(body, end)
  }

  /** Not called: an invocation without a client offers no upgrade. */
  upgrade(): void {}

  /** Hints are for a client that waits. */
  inform(): void {}

  body(_stream: number, bytes: Uint8Array, end: boolean): void {
    this.#take(bytes, end)
  }

  end(): void {
    this.#take(null, true)
  }

  abort(): void {
    this.#reject(new Error('the handler aborted its response before it was complete'))
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
    // Credit must not be granted inside the call that sends.
    else if (bytes.length > 0)
      queueMicrotask(() => this.#invocation?.receiveCredit(Math.min(bytes.length, initialCredit)))
  }
}
