import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'

import {
  flagEnd,
  flagSample,
  frameHeadSize,
  initialCredit,
  InvokeHead,
  Kind,
  maxBodyChunk,
  ResponseHead,
} from '../../../protocol/generated/frames.ts'
import type { CacheLifetime } from '../src/cache/cache_use.ts'
import { DataCache, type TagProfile } from '../src/cache/data_cache.ts'
import { manifestVersion, type Route, type RouteParameter } from '../src/project/manifest.ts'

const workerPath = fileURLToPath(new URL('../src/worker.ts', import.meta.url))

/** A frame from the worker. */
export interface Frame {
  readonly kind: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** A log frame. */
export interface LogLine {
  readonly level: number
  readonly text: string
}

/** A `stats` frame. */
export interface Sample {
  readonly rss: number
  readonly heap_used: number
  readonly heap_total: number
  readonly external: number
  readonly loop_lag_ms: number
  readonly utilization: number
  readonly cpu_ms: number
  readonly pending: number
  /** Generation, route, invocations, microseconds of CPU. */
  readonly routes: readonly (readonly [number, number, number, number])[]
}

/** A request for a route, which is identified by its index in the project. */
export interface Request {
  readonly route?: number
  readonly generation?: number
  readonly method?: string
  readonly url?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly parameters?: string
  readonly body?: string | Uint8Array
  /** The body follows by {@link Exchange.send}. */
  readonly streamed?: boolean
  readonly remoteAddress?: string
  readonly secure?: boolean
}

/** A complete response. */
export interface TestResponse {
  readonly status: number
  readonly reason: string
  /** Field lines as sent. */
  readonly fields: string
  readonly body: Buffer
  readonly text: string
  /**
   * Returns a field's value, by name in any case; values of several lines are joined with a bar.
   */
  header(name: string): string | undefined
}

/** Encodes a frame. */
export function encodeFrame(
  kind: number,
  stream: number,
  payload: Uint8Array | string = '',
  flags = 0,
): Buffer {
  const bytes = Buffer.from(payload as string)
  const head = Buffer.alloc(frameHeadSize)
  head.writeUInt32LE(bytes.length, 0)
  head[4] = kind
  head[5] = flags
  head.writeUInt16LE(Math.floor(stream / 2 ** 32), 6)
  head.writeUInt32LE(stream % 2 ** 32, 8)
  return Buffer.concat([head, bytes])
}

/** Encodes an `invoke` frame. */
export function encodeInvoke(stream: number, request: Request, generation = 1): Buffer {
  const fields = (request.headers ?? [['Host', 'localhost:3000']])
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  const parts = [
    request.method ?? (request.body === undefined && !request.streamed ? 'GET' : 'POST'),
    request.remoteAddress ?? '127.0.0.1',
    request.url ?? '/',
    request.parameters ?? '',
    fields,
  ].map((text) => Buffer.from(text, 'latin1'))
  const head = Buffer.alloc(InvokeHead.size)
  head.writeUInt32LE(request.generation ?? generation, InvokeHead.generation)
  head.writeUInt32LE(request.route ?? 0, InvokeHead.route)
  head.writeUInt16LE(parts[0]!.length, InvokeHead.methodLength)
  head.writeUInt16LE(parts[1]!.length, InvokeHead.remoteAddressLength)
  head.writeUInt32LE(parts[2]!.length, InvokeHead.targetLength)
  head.writeUInt32LE(parts[3]!.length, InvokeHead.parametersLength)
  head.writeUInt32LE(parts[4]!.length, InvokeHead.fieldsLength)
  head.writeUInt16LE(50123, InvokeHead.remotePort)
  head[InvokeHead.httpVersion] = 11
  head[InvokeHead.secure] = request.secure ? 1 : 0
  const hasBody = request.body !== undefined || request.streamed
  return encodeFrame(Kind.invoke, stream, Buffer.concat([head, ...parts]), hasBody ? 0 : flagEnd)
}

/** One stream, from the server's side. */
export class Exchange {
  readonly stream: number
  /** Body bytes that can still be sent to the worker. */
  sendCredit = initialCredit
  /** Whether credit is granted at once for bytes that arrive. */
  autoCredit = true
  received = 0
  ended = false
  abortReason: number | undefined
  readonly #server: TestServer
  #head: { status: number; reason: string; fields: string } | undefined
  readonly #chunks: Buffer[] = []
  #waiters: (() => void)[] = []

  constructor(server: TestServer, stream: number) {
    this.#server = server
    this.stream = stream
  }

  /** Body bytes received so far. */
  get body(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  get headReceived(): boolean {
    return this.#head !== undefined
  }

  send(bytes: Uint8Array | string, end = false): void {
    this.#server.write(encodeFrame(Kind.body, this.stream, bytes, end ? flagEnd : 0))
  }

  abort(reason = 1): void {
    this.#server.write(encodeFrame(Kind.abort, this.stream, Uint8Array.of(reason)))
  }

  grant(bytes: number): void {
    const payload = Buffer.alloc(4)
    payload.writeUInt32LE(bytes)
    this.#server.write(encodeFrame(Kind.credit, this.stream, payload))
  }

  /** Resolves when the predicate is true; it is evaluated after each frame of the stream. */
  async until(predicate: () => boolean): Promise<void> {
    while (!predicate()) {
      if (this.#server.exited) throw new Error(`the worker exited with ${this.#server.exitCode}`)
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
  }

  /** Resolves with the complete response. @throws when the worker aborts. */
  async response(): Promise<TestResponse> {
    await this.until(() => this.ended || this.abortReason !== undefined)
    if (!this.ended) throw new Error(`aborted with reason ${this.abortReason}`)
    return this.soFar()
  }

  /** Returns the part of the response received so far. */
  soFar(): TestResponse {
    const { status, reason, fields } = this.#head!
    const body = this.body
    const header = (name: string): string | undefined => {
      const values = fields
        .split('\r\n')
        .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
        .map((line) => line.slice(name.length + 1).trim())
      return values.length === 0 ? undefined : values.join('|')
    }
    return { status, reason, fields, body, text: body.toString(), header }
  }

  receive(frame: Frame): void {
    if (frame.kind === Kind.response) {
      if (this.#head !== undefined) throw new Error('a second response on a stream')
      const reasonLength = frame.payload.readUInt16LE(ResponseHead.reasonLength)
      const fieldsLength = frame.payload.readUInt32LE(ResponseHead.fieldsLength)
      const fieldsAt = ResponseHead.size + reasonLength
      this.#head = {
        status: frame.payload.readUInt16LE(ResponseHead.status),
        reason: frame.payload.toString('latin1', ResponseHead.size, fieldsAt),
        fields: frame.payload.toString('latin1', fieldsAt, fieldsAt + fieldsLength),
      }
      this.#take(frame.payload.subarray(fieldsAt + fieldsLength))
    } else if (frame.kind === Kind.body) this.#take(frame.payload)
    else if (frame.kind === Kind.credit) this.sendCredit += frame.payload.readUInt32LE(0)
    else if (frame.kind === Kind.abort) this.abortReason = frame.payload[0]
    if (frame.kind === Kind.end || (frame.kind !== Kind.credit && (frame.flags & flagEnd) !== 0))
      this.ended = true
    this.wake()
  }

  wake(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter()
  }

  #take(bytes: Buffer): void {
    this.#chunks.push(bytes)
    this.received += bytes.length
    if (this.autoCredit && bytes.length > 0) this.grant(bytes.length)
  }
}

/** The next.config of a project without one, as completed by the builder. */
export const plainConfig: unknown = (
  JSON.parse(
    readFileSync(new URL('../../../protocol/manifests/plain.json', import.meta.url), 'utf8'),
  ) as { readonly config: unknown }
).config

/** A route of a test's project: its module's source, and the rest of its manifest entry. */
export interface TestRoute {
  readonly source: string
  readonly path?: string
  readonly kind?: Route['kind']
  /** Path of the source, relative to the project. */
  readonly file?: string
  readonly parameters?: readonly RouteParameter[]
  readonly options?: Route['options']
  readonly methods?: readonly string[]
  /** The module's extension. */
  readonly extension?: '.mjs' | '.cjs'
}

/** A project in a temporary folder, which is removed after the test. */
export class TestProject {
  readonly root = mkdtempSync(join(tmpdir(), 'millrace-worker-'))

  /** Writes a generation's manifest and modules. @returns the manifest's path. */
  writeGeneration(routes: readonly TestRoute[], mode: string, number = 1): string {
    const folder = `.millrace/${number}`
    const entries = routes.map((route, index) => {
      const module = `routes/${index}${route.extension ?? '.mjs'}`
      this.write(`${folder}/${module}`, route.source)
      return {
        path: route.path ?? `/api/${index}`,
        kind: route.kind ?? 'pages',
        file: route.file ?? `pages/api/${index}.ts`,
        parameters: route.parameters ?? [],
        module,
        methods: route.methods ?? null,
        options: route.options ?? {},
      }
    })
    return this.write(
      `${folder}/manifest.json`,
      JSON.stringify({
        version: manifestVersion,
        build_id: 'test',
        mode,
        config: plainConfig,
        routes: entries,
      }),
    )
  }

  write(path: string, text: string): string {
    const absolute = join(this.root, path)
    mkdirSync(dirname(absolute), { recursive: true })
    writeFileSync(absolute, text)
    return absolute
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

/** The values of protocol/link.md. */
type CacheRequest =
  | { readonly op: 'get'; readonly key: string; readonly tags: readonly string[] }
  | ({
      readonly op: 'set'
      readonly key: string
      readonly value: string
      readonly at: number
    } & CacheLifetime)
  | {
      readonly op: 'revalidate'
      readonly tags: readonly string[]
      readonly profile: TagProfile | null
    }

/** Acts as the server for a worker that it starts. */
export class TestServer {
  readonly process: ChildProcess
  readonly logs: LogLine[] = []
  readonly frames: Frame[] = []
  exited = false
  exitCode: number | null = null
  readonly #socket: Duplex
  readonly #exchanges = new Map<number, Exchange>()
  #input: Buffer = Buffer.alloc(0)
  /** The newest stream's number; a test can begin near a limit. */
  newestStream = 0
  #waiters: (() => void)[] = []
  #output = ''
  readonly #cache = new DataCache()
  #cacheRequest = ''

  constructor(flags: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) {
    this.process = spawn(process.execPath, ['--no-warnings', ...flags, workerPath], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], ...environment },
    })
    this.#socket = this.process.stdio[3] as Duplex
    this.#socket.on('data', (bytes: Buffer) => this.#read(bytes))
    this.#socket.on('error', () => undefined)
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
        this.#wake()
      })
    }
    this.process.on('exit', (code) => {
      this.exited = true
      this.exitCode = code
      this.#wake()
      for (const exchange of this.#exchanges.values()) exchange.wake()
    })
  }

  /** Starts a worker and loads routes into it. */
  static async start(
    project: TestProject,
    routes: readonly TestRoute[],
    mode: 'development' | 'production' = 'production',
  ): Promise<TestServer> {
    const server = new TestServer()
    const ready = await server.load({
      generation: 1,
      manifest: project.writeGeneration(routes, mode),
      root: project.root,
      mode,
    })
    if (ready['error'] !== undefined) throw new Error(String(ready['error']))
    return server
  }

  /** The worker's standard output and error. */
  get output(): string {
    return this.#output
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** Sends `load` and waits for its `ready`. */
  async load(
    command: { generation: number } & Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    this.write(encodeFrame(Kind.load, 0, JSON.stringify(command)))
    const find = (): Record<string, unknown> | undefined =>
      this.frames
        .filter((frame) => frame.kind === Kind.ready)
        .map((frame) => JSON.parse(frame.payload.toString()) as Record<string, unknown>)
        .find((ready) => ready['generation'] === command.generation)
    await this.until(() => find() !== undefined)
    return find()!
  }

  /** Opens a stream. */
  open(request: Request): Exchange {
    const exchange = new Exchange(this, ++this.newestStream)
    this.#exchanges.set(exchange.stream, exchange)
    this.write(encodeInvoke(exchange.stream, request))
    if (request.body !== undefined)
      void this.#sendBody(exchange, Buffer.from(request.body as string))
    return exchange
  }

  /** Sends a request to a route and waits for the complete response. */
  request(request: Request = {}): Promise<TestResponse> {
    return this.open(request).response()
  }

  /**
   * Resolves when the predicate is true; it is evaluated after each frame and at the worker's end.
   */
  async until(predicate: () => boolean): Promise<void> {
    while (!predicate()) {
      if (this.exited) throw new Error(`the worker exited with ${this.exitCode}:\n${this.#output}`)
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
  }

  /** Resolves with the first log line that contains the text. */
  async logged(text: string): Promise<LogLine> {
    const find = (): LogLine | undefined => this.logs.find((line) => line.text.includes(text))
    await this.until(() => find() !== undefined)
    return find()!
  }

  /** Sends `ping` and waits for the `pong`: the worker has read everything sent before. */
  async ping(flags = 0): Promise<void> {
    const before = this.frames.filter((frame) => frame.kind === Kind.pong).length
    this.write(encodeFrame(Kind.ping, 0, Buffer.alloc(8, 7), flags))
    await this.until(() => this.frames.filter((frame) => frame.kind === Kind.pong).length > before)
  }

  /** Sends `ping` with `sample`. @returns the content of `stats`. */
  async sample(): Promise<Sample> {
    await this.ping(flagSample)
    return JSON.parse(
      this.frames.findLast((frame) => frame.kind === Kind.stats)!.payload.toString(),
    ) as Sample
  }

  /** The worker's exit code. */
  async exit(): Promise<number | null> {
    if (!this.exited) await once(this.process, 'exit')
    return this.exitCode
  }

  /** Stops reading what the worker sends, so that the link fills up. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Closes the server's end of the link. */
  hangUp(): void {
    this.#socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGKILL')
    await this.exit()
    this.#socket.destroy()
  }

  async #sendBody(exchange: Exchange, body: Buffer): Promise<void> {
    let at = 0
    do {
      await exchange.until(() => exchange.sendCredit > 0 || exchange.ended)
      if (exchange.ended) return
      const chunk = body.subarray(at, at + Math.min(exchange.sendCredit, maxBodyChunk))
      at += chunk.length
      exchange.sendCredit -= chunk.length
      exchange.send(chunk, at === body.length)
    } while (at < body.length)
  }

  #read(bytes: Buffer): void {
    this.#input = Buffer.concat([this.#input, bytes])
    while (this.#input.length >= frameHeadSize) {
      const end = frameHeadSize + this.#input.readUInt32LE(0)
      if (this.#input.length < end) break
      this.#frame({
        kind: this.#input[4]!,
        flags: this.#input[5]!,
        stream: this.#input.readUInt16LE(6) * 2 ** 32 + this.#input.readUInt32LE(8),
        payload: this.#input.subarray(frameHeadSize, end),
      })
      this.#input = this.#input.subarray(end)
    }
    this.#wake()
  }

  #frame(frame: Frame): void {
    this.frames.push(frame)
    if (frame.kind === Kind.log)
      this.logs.push({ level: frame.payload[0]!, text: frame.payload.toString('utf8', 1) })
    else if (frame.kind === Kind.cache) this.#receiveCacheFrame(frame)
    else if (frame.stream > 0) this.#exchanges.get(frame.stream)?.receive(frame)
  }

  #receiveCacheFrame(frame: Frame): void {
    this.#cacheRequest += frame.payload.toString('latin1')
    if ((frame.flags & flagEnd) === 0) return
    const request = JSON.parse(Buffer.from(this.#cacheRequest, 'latin1').toString())
    this.#cacheRequest = ''
    void this.#serveCache(request).then((found) => {
      this.write(encodeFrame(Kind.cached, 0, JSON.stringify({ id: request.id, ...found }), flagEnd))
    })
  }

  async #serveCache(request: CacheRequest): Promise<object> {
    if (request.op === 'get') return this.#cache.get(request.key, request.tags)
    if (request.op === 'set') this.#cache.set(request.key, request.value, request.at, request)
    else this.#cache.revalidate(request.tags, request.profile)
    return {}
  }

  #wake(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter()
  }
}
