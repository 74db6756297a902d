import {
  flagEnd,
  flagFill,
  flagSample,
  flagUpgrade,
  type InvokeFixed,
  InvokeHead,
  Kind,
  LogLevel,
  protocolVersion,
  readInvoke,
  type SentBy,
  AbortReason,
} from '../../../../protocol/generated/frames.ts'
import { preloadRoutes } from '../routes/preload.ts'
import type { Generation, LoadCommand, LoadedRoute } from '../project/generation.ts'
import { takeSample } from './health.ts'
import { readSnapshotCommand, writeSnapshot } from '../process/heap_snapshot.ts'
import { messageOf } from '../base/errors.ts'
import { Invocation, type FrameSink, type PendingWork } from '../invocation/invocation.ts'
import type { InvocationHead } from '../invocation/request_head.ts'
import { loadInstrumentation } from '../routes/instrumentation.ts'
import { runShutdownListeners, hasShutdownListeners } from './shutdown_listeners.ts'
import type { FrameWriter, ResponseFrame } from '../link/frame_writer.ts'
import type { LinkOwner } from '../link/link.ts'
import { CacheClient } from '../link/cache_client.ts'
import { Loader } from '../routes/loader.ts'
import type { Listening } from '../pages/request_listeners.ts'
import { LoopWatch } from './loop_watch.ts'
import { describeRoutes } from '../project/route_names.ts'
import { stopAccepting } from '../process/shared_ports.ts'
import { whenSettled } from '../invocation/settle.ts'
import { streamFrame } from './stream_frame.ts'
import { StreamTable } from './stream_table.ts'
import { turnClock } from '../invocation/turn_clock.ts'

/** As in a `listening` frame. */
const listeningByte: Readonly<Record<Listening, number>> = { nothing: 0, requests: 1, upgrades: 2 }

/** Handles an invocation. Never throws. */
export type Dispatch = (invocation: Invocation) => void

/** What the worker calls besides {@link Dispatch}. */
export interface WorkerEvents {
  /** A generation was loaded. Called before `ready` is sent to the server. */
  loaded(command: LoadCommand): void
  /** Imports a route's module when modules are preloaded. */
  prepare(target: LoadedRoute): Promise<unknown>
}

/** The part of a link that the worker uses. */
export interface FrameLink {
  readonly writer: FrameWriter
  /** Bytes that the kernel has not accepted yet, except those written in this turn. */
  readonly unsent: number
  /** Calls `callback` when the kernel has accepted everything written so far. */
  whenSent(callback: () => void): void
  /** Sends buffered frames synchronously, before the process exits. */
  flushSync(): void
  /** Stops the link from keeping the process alive. */
  unref(): void
}

/**
 * Longer log texts are cut to this many UTF-16 units, so that they fit into a frame, and say how
 * much is missing.
 */
const maxLogText = 256 * 1024
/**
 * While more bytes than this are unsent because the server does not read, log lines are dropped and
 * counted.
 */
const maxUnsentForLog = 8 * 1024 * 1024

/**
 * The worker's side of the link: responds to the server's frames, owns the table of streams and
 * passes invocations to the dispatcher.
 */
export class Worker implements LinkOwner, FrameSink, PendingWork {
  /** Whether the worker itself has decided to end the process. */
  leaving = false
  /** Client of the data cache in the server. */
  readonly cache: CacheClient
  readonly #dispatch: Dispatch
  readonly #events: WorkerEvents
  readonly #link: FrameLink
  readonly #loader = new Loader()
  readonly #streams = new StreamTable()
  readonly #watch = new LoopWatch(
    () => this.#streams.newestFirst().map(({ target }) => target),
    (text) => this.log(LogLevel.warn, text),
  )
  #newestStream = 0
  #pendingWork = 0
  #droppedLines = 0
  #draining = false
  /** Whether the process is exiting, so that no turn of the event loop follows. */
  #exiting = false
  /** Reused for every invocation. */
  readonly #head: Partial<InvocationHead & InvokeFixed> = {}

  constructor(dispatch: Dispatch, events: WorkerEvents, connect: (owner: LinkOwner) => FrameLink) {
    this.#dispatch = dispatch
    this.#events = events
    this.#link = connect(this)
    this.cache = new CacheClient(this.#link.writer)
    this.#sendJson(Kind.hello, {
      protocol: protocolVersion,
      role: 'node',
      pid: process.pid,
      version: process.version,
    })
    this.#link.writer.flush()
  }

  /**
   * Sends a line to the server's log. `stream` is that of the invocation that it belongs to, or 0.
   */
  log(level: number, text: string, stream = 0): void {
    if (this.#link.unsent > maxUnsentForLog) {
      ++this.#droppedLines
      return
    }
    const { writer } = this.#link
    if (this.#droppedLines > 0) {
      writer.text(
        Kind.log,
        0,
        LogLevel.warn,
        `the server reads too slowly: ${this.#droppedLines} log lines of this worker were dropped`,
      )
      this.#droppedLines = 0
    }
    if (text.length > maxLogText) {
      text = `${text.slice(0, maxLogText)}… [${text.length - maxLogText} more characters were cut]`
    }
    writer.text(Kind.log, stream, level, text)
    if (this.#exiting) this.#link.flushSync()
  }

  /**
   * The routes of requests in flight for a message: first the route whose code is running, then the
   * newest. Empty if there are none.
   */
  describeInFlight(): string {
    const { running } = turnClock
    const open = this.#streams.newestFirst()
    return describeRoutes(
      (running === null ? open : [running, ...open]).map(({ target }) => target),
    )
  }

  /**
   * Reports to the server whether modules are being loaded. Sent at once, because loading may block
   * the event loop.
   */
  sendLoading(loading: boolean): void {
    this.#link.writer.frame(Kind.loading, 0, Uint8Array.of(loading ? 1 : 0))
    this.#link.writer.flush()
  }

  /** Reports to the server which requests the project listens for, where no route matches them. */
  sendListening(listening: Listening): void {
    this.#link.writer.frame(Kind.listening, 0, Uint8Array.of(listeningByte[listening]))
  }

  /**
   * For a process about to exit: sends buffered frames now, and from then on each log line at once.
   */
  flushSync(): void {
    this.#exiting = true
    this.#link.flushSync()
  }

  // --- LinkOwner ---

  frame(
    kind: number,
    flags: number,
    stream: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): boolean {
    if (kind === Kind.invoke) return this.#invoke(flags, stream, bytes, start, end)
    if (stream === 0) return this.#workerFrame(kind, flags, bytes, start, end)
    if (stream > this.#newestStream) return false
    const invocation = this.#streams.get(stream)
    try {
      return streamFrame(kind, flags, invocation, bytes, start, end)
    } catch (error) {
      // A listener of the handler has thrown; neither the link nor the frames that follow are
      // affected.
      queueMicrotask(() => {
        throw error
      })
      return true
    }
  }

  closed(): void {
    this.#leave(0)
  }

  protocolError(): void {
    this.log(LogLevel.error, 'worker: the server broke the link protocol')
    this.#leave(70)
  }

  // --- FrameSink ---

  response(stream: number, frame: ResponseFrame): void {
    this.#link.writer.response(stream, frame)
  }

  upgrade(stream: number, fields: string): void {
    this.#link.writer.frame(Kind.upgrade, stream, Buffer.from(fields, 'latin1'))
    if (this.#draining) setImmediate(() => this.#streams.get(stream)?.receiveDrain())
  }

  inform(stream: number, fields: string): void {
    this.#link.writer.frame(Kind.inform, stream, Buffer.from(fields, 'latin1'))
  }

  body(stream: number, bytes: Uint8Array, end: boolean): void {
    this.#link.writer.frame(Kind.body, stream, bytes, end)
  }

  end(stream: number): void {
    this.#link.writer.frame(Kind.end, stream, null)
  }

  abort(stream: number, reason: number): void {
    this.#link.writer.frame(Kind.abort, stream, Uint8Array.of(reason))
  }

  credit(stream: number, bytes: number): void {
    this.#link.writer.credit(stream, bytes)
  }

  over(invocation: Invocation): void {
    this.#streams.delete(invocation)
    turnClock.over(invocation)
    this.#watch.ended(invocation.target)
    if (this.#draining) this.#exitWhenIdle()
  }

  // --- PendingWork ---

  add(promise: Promise<unknown>): void {
    ++this.#pendingWork
    const done = (): void => {
      --this.#pendingWork
      if (this.#draining) this.#exitWhenIdle()
    }
    whenSettled(promise, done)
  }

  // --- Frames ---

  #invoke(flags: number, stream: number, bytes: Buffer, start: number, end: number): boolean {
    if (stream <= this.#newestStream) return false
    this.#newestStream = stream
    const textAt = start + InvokeHead.size
    const head = this.#head
    if (readInvoke(bytes, start, head) !== end - textAt) return false
    const target = this.#loader.route(head.generation!, head.route!)
    if (target === undefined) {
      this.abort(stream, AbortReason.handlerFailed)
      return true
    }
    head.stream = stream
    head.target = target
    head.hasBody = (flags & flagEnd) === 0
    head.fill = (flags & flagFill) !== 0
    head.upgrade = (flags & flagUpgrade) !== 0
    head.text = bytes.latin1Slice(textAt, end)
    const invocation = new Invocation(head as InvocationHead, this, this)
    this.#streams.add(invocation)
    ++target.usage.invocations
    this.#watch.began()
    this.#dispatch(invocation)
    return true
  }

  #workerFrame(kind: number, flags: number, bytes: Buffer, start: number, end: number): boolean {
    switch (kind) {
      case Kind.cached:
        return this.cache.receive(flags, bytes, start, end)
      case Kind.load:
        return this.#load(bytes.utf8Slice(start, end))
      case Kind.ping:
        if ((flags & flagSample) !== 0)
          this.#sendJson(Kind.stats, takeSample(this.#loader.routes(), this.#streams.size))
        this.#link.writer.frame(Kind.pong, 0, bytes.subarray(start, end))
        return true
      case Kind.snapshot:
        return this.#snapshot(bytes.utf8Slice(start, end))
      case Kind.drain:
        this.#draining = true
        stopAccepting()
        for (const invocation of this.#streams.newestFirst()) invocation.receiveDrain()
        this.#exitWhenIdle()
        return true
      default:
        return false
    }
  }

  #load(text: string): boolean {
    let command: LoadCommand
    try {
      command = JSON.parse(text)
    } catch {
      return false
    }
    if (typeof command?.generation !== 'number' || typeof command.manifest !== 'string')
      return false
    const { generation } = command
    const ready = (error: string | null): void =>
      this.#sendJson(Kind.ready, error === null ? { generation } : { generation, error })
    const failed = (error: unknown): void => ready(messageOf(error))
    try {
      const loaded = this.#loader.load(command)
      this.#events.loaded(command)
      if (loaded.manifest.instrumentation === null && command.eager !== true) ready(null)
      else
        this.#prepare(loaded, command.eager === true)
          .then(ready)
          .catch(failed)
    } catch (error) {
      failed(error)
    }
    return true
  }

  /**
   * @returns a description of the routes that cannot be loaded, null if all can.
   * @throws what the project's `register()` throws.
   */
  async #prepare(generation: Generation, eager: boolean): Promise<string | null> {
    await loadInstrumentation(generation)
    return eager ? preloadRoutes(generation, (target) => this.#events.prepare(target)) : null
  }

  #snapshot(text: string): boolean {
    const command = readSnapshotCommand(text)
    if (command === null) return false
    const result = writeSnapshot(command)
    if ('error' in result) this.log(LogLevel.error, result.error)
    else this.log(LogLevel.info, `${command.path}: wrote a heap snapshot of ${result.bytes} bytes`)
    this.#sendJson(Kind.snapshot, result)
    return true
  }

  #leave(code: number): void {
    this.leaving = true
    process.exit(code)
  }

  #runShutdownListeners(): void {
    if (this.leaving) return
    this.leaving = true
    if (hasShutdownListeners()) this.#link.unref()
    runShutdownListeners(() => this.#leave(0))
  }

  #sendJson(kind: SentBy['node'], value: object): void {
    this.#link.writer.frame(kind, 0, Buffer.from(JSON.stringify(value)))
  }

  #exitWhenIdle(): void {
    if (this.#streams.size > 0 || this.#pendingWork > 0) return
    // Responses written in this turn are sent at its end; then nothing is left to do.
    setImmediate(() => this.#link.whenSent(() => this.#runShutdownListeners()))
  }
}
