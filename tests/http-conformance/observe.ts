/**
 * Sends a case's bytes to a server and reports the result: the responses, their number, and whether
 * the connection stayed open.
 */
import { RawClient, rawRequest, type RawResponse } from '../e2e/support/raw.ts'
import type { Case, Outcome } from './cases.ts'

/** Every tested server responds to `GET /sentinel` with 200 and this body. */
export const sentinel = 'sentinel'

const probe = `GET /${sentinel} HTTP/1.1\r\nHost: localhost\r\n\r\n`

/** What a server did. */
export interface Observed {
  /** Final responses, in order. */
  readonly responses: readonly RawResponse[]
  readonly interim: number
  /** Whether the server closed the connection. */
  readonly ended: boolean
  /** Nothing arrived although the server had time. */
  readonly silent: boolean
  /** Nothing more arrived within the timeout although a response was required. */
  readonly late: boolean
}

/**
 * Runs a case against the server at `port`.
 * @param timeout Milliseconds after which a required response counts as missing.
 */
export async function observe(port: number, one: Case, timeout: number): Promise<Observed> {
  using client = await RawClient.connect(port)
  const pieces = typeof one.send === 'string' ? [one.send] : one.send
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await turn(port)
    await sendAnyway(client, piece)
  }
  let silent = false
  if (one.incomplete) {
    await turn(port)
    silent = client.received() === '' && !client.ended
    client.end()
  }
  const responses: RawResponse[] = []
  let interim = 0
  let probed = one.incomplete === true
  for (;;) {
    const response = await next(client, one.head === true && responses.length === 0, timeout)
    if (typeof response === 'string')
      return { responses, interim, ended: response === 'ended', silent, late: response === 'late' }
    if (response.body === sentinel) return { responses, interim, ended: false, silent, late: false }
    if (response.status < 200) interim++
    else responses.push(response)
    if (response.status >= 200 && !probed) {
      probed = true
      await sendAnyway(client, probe)
    }
  }
}

/** Returns why the behaviour is none of the allowed ones, or null if it is allowed. */
export function fault(one: Case, seen: Observed): string | null {
  if (one.accept.some((outcome) => holds(outcome, seen))) return null
  const statuses = seen.responses.map(({ status }) => status).join(', ') || 'no response'
  const end = seen.late
    ? 'nothing more arrived'
    : seen.ended
      ? 'the connection ended'
      : 'the connection stayed open'
  return `${statuses}; ${end}; wanted ${one.accept.map((outcome) => JSON.stringify(outcome)).join(' or ')}`
}

function holds(outcome: Outcome, seen: Observed): boolean {
  if (outcome.silent) return seen.silent && seen.responses.every(({ status }) => status >= 400)
  if (outcome.closed) return seen.ended && seen.responses.length === 0
  const [first] = seen.responses
  if (first === undefined || seen.late || seen.responses.length !== (outcome.count ?? 1))
    return false
  const status = new RegExp(`^(?:${outcome.status ?? '...'})$`)
  return (
    seen.responses.every((response) => status.test(String(response.status))) &&
    (outcome.end === undefined || outcome.end === seen.ended) &&
    (outcome.body === undefined || outcome.body === first.body) &&
    (outcome.has ?? []).every((name) => name in first.headers) &&
    !(outcome.hasNot ?? []).some((name) => name in first.headers) &&
    (outcome.interim === undefined || outcome.interim === seen.interim)
  )
}

/** Returns one response, or why there is none. */
async function next(
  client: RawClient,
  head: boolean,
  timeout: number,
): Promise<RawResponse | 'ended' | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, timeout, 'late')
  })
  try {
    return await Promise.race([client.response({ head }).catch(() => 'ended' as const), late])
  } finally {
    clearTimeout(timer)
  }
}

/** The server may have closed the connection already, which the next read detects. */
async function sendAnyway(client: RawClient, bytes: string): Promise<void> {
  await client.send(bytes).catch(() => undefined)
}

/**
 * Gives the server time to process what was sent before: it does so before it responds to this
 * later request.
 */
async function turn(port: number): Promise<void> {
  await rawRequest(port, probe)
}
