/** Sends the requests of a case over sockets of its own, byte by byte as the data says, and gathers the answers. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type Answer, AnswerReader } from './answer.ts'
import type { Case, Step } from './cases.ts'

/** How long an answer may take before it counts as missing. */
const patience = 60_000
/** How often, and how far apart in milliseconds, a step with "until" is sent. */
const attempts = 50
const interval = 100

/** Where a server listens, and the names that stand for addresses in data and answers. */
export interface Target {
  readonly host: string
  readonly port: number
  /** `http://…` of the fixture's second server, where it has one. */
  readonly second: string | null
}

/** The answers to a case and the values captured on the way. */
export interface Exchange {
  readonly answers: readonly Answer[]
  readonly captured: ReadonlyMap<string, string>
}

/** One connection. */
class Connection {
  readonly #socket: Socket
  readonly #reader = new AnswerReader()
  #ended = false
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.#reader.push(bytes)
      this.#wake()
    })
    const end = () => {
      this.#ended = true
      this.#wake()
    }
    // A reset counts as an end: what came before is what is compared.
    socket.on('error', end).on('end', end).on('close', end)
  }

  static async open(target: Target): Promise<Connection> {
    const socket = connect({ port: target.port, host: target.host, allowHalfOpen: true, noDelay: true })
    await once(socket, 'connect')
    return new Connection(socket)
  }

  get usable(): boolean {
    return !this.#ended
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** The next answer; null where the connection ended before a byte of it. */
  receive(method: string): Promise<Answer | null> {
    this.#reader.begin(method === 'HEAD')
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no whole answer within ${patience / 1000} s; so far: ${JSON.stringify(this.#reader.finish())}`)), patience)
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

const nothing: Answer = {
  status: 0, reason: '', fields: [], body: '', interim: [], early: false, broken: 'the connection ended without an answer',
}

/** The bytes of a request, variables filled in. */
function bytesOf(step: Step, fill: (text: string) => string, jar: ReadonlyMap<string, string> | null): Buffer {
  if (step.raw !== null) return Buffer.from(fill(step.raw), 'latin1')
  const fields = step.headers.map(([name, value]) => [name, fill(value)] as const)
  const has = (wanted: string) => fields.some(([name]) => name.toLowerCase() === wanted)
  const lines = [`${step.method} ${fill(step.path)} HTTP/1.1`]
  if (!has('host')) lines.push(fill('Host: {{host}}'))
  for (const [name, value] of fields) lines.push(`${name}: ${value}`)
  if (jar && jar.size > 0 && !has('cookie')) lines.push(`Cookie: ${[...jar].map(([name, value]) => `${name}=${value}`).join('; ')}`)
  let body = step.body && step.body.includes('{{') ? Buffer.from(fill(step.body.toString('latin1')), 'latin1') : step.body
  if (body && step.chunked) {
    lines.push('Transfer-Encoding: chunked')
    const middle = body.length >> 1
    const parts = [body.subarray(0, middle), body.subarray(middle)].filter((part) => part.length > 0)
    body = Buffer.concat([...parts.flatMap((part) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]), Buffer.from('0\r\n\r\n')])
  } else if (body && !has('content-length')) {
    lines.push(`Content-Length: ${body.length}`)
  } else if (!body && !has('content-length') && ['POST', 'PUT', 'PATCH'].includes(step.method)) {
    lines.push('Content-Length: 0')
  }
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body ?? Buffer.alloc(0)])
}

/** Keeps what `Set-Cookie` says, by name alone: one server, one path. */
function keepCookies(answer: Answer, jar: Map<string, string>): void {
  for (const [name, line] of answer.fields) {
    if (name !== 'set-cookie') continue
    const [pair = '', ...attributes] = line.split(/;\s*/)
    const at = pair.indexOf('=')
    const expires = attributes.map((attribute) => /^expires=(.*)/i.exec(attribute)?.[1]).find((value) => value !== undefined)
    const gone = attributes.some((attribute) => /^max-age=(0|-.*)$/i.test(attribute)) || (expires !== undefined && Date.parse(expires) <= Date.now())
    if (gone) jar.delete(pair.slice(0, at))
    else jar.set(pair.slice(0, at), pair.slice(at + 1))
  }
}

function captureFrom(answer: Answer, step: Step, variables: Map<string, string>): void {
  for (const [name, capture] of step.capture) {
    let value: unknown
    if ('header' in capture) value = answer.fields.find(([field]) => field === capture.header)?.[1]
    else if ('match' in capture) value = capture.match.exec(answer.body)?.[1]
    else {
      try {
        value = capture.json.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | null)?.[key], JSON.parse(answer.body))
      } catch {
        value = undefined
      }
    }
    // A server that answers otherwise shows in the comparison; the steps after it are sent all the same.
    variables.set(name, value === undefined ? '' : String(value))
  }
}

/** Sends the steps of a case in order, each on the connection of the one before where that lives. */
export async function send(one: Case, target: Target): Promise<Exchange> {
  const captured = new Map<string, string>()
  const fill = (text: string) => text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => {
    if (name === 'host') return `${target.host}:${target.port}`
    if (name === 'second') return target.second?.replace('http://', '') ?? whole
    return captured.get(name) ?? whole
  })
  const jar = one.cookies ? new Map<string, string>() : null
  const answers: Answer[] = []
  let connection: Connection | null = null

  const ask = async (step: Step): Promise<Answer[]> => {
    const fresh = !connection?.usable
    if (fresh) {
      connection?.close()
      connection = await Connection.open(target)
    }
    const open = connection!
    open.send(bytesOf(step, fill, jar))
    const received: Answer[] = []
    for (const method of step.answers) {
      const answer = await open.receive(method)
      // A kept connection may have been closed while the request was on its way.
      if (answer === null && received.length === 0 && !fresh) {
        open.close()
        connection = null
        return ask(step)
      }
      received.push(answer ?? nothing)
    }
    if (received.some(({ fields, broken }) => broken !== null || fields.some(([name, value]) => name === 'connection' && /close/i.test(value)))) {
      open.close()
      connection = null
    }
    return received
  }

  try {
    for (const step of one.steps) {
      let received = await ask(step)
      for (let left = attempts; step.until && left > 0 && !step.until.test(received.at(-1)!.body); left -= 1) {
        await pause(interval)
        received = await ask(step)
      }
      for (const answer of received) {
        if (jar) keepCookies(answer, jar)
        captureFrom(answer, step, captured)
      }
      answers.push(...received)
    }
  } finally {
    // The compiler does not see that `ask` sets it.
    ;(connection as Connection | null)?.close()
  }
  return { answers, captured }
}
