/** Turns an answer into what is kept and compared: addresses, times and masked texts replaced, long bodies by their hash. */
import { createHash } from 'node:crypto'
import type { Answer } from './answer.ts'
import type { Case } from './cases.ts'
import type { Exchange, Target } from './exchange.ts'

/** A body as the record holds it: text, bytes, or for a long one its hash. */
export type Body = string | { readonly base64: string } | { readonly sha256: string; readonly length: number; readonly start: string }

/** An answer as the record holds it. */
export interface Normal {
  readonly status: number
  readonly reason: string
  readonly fields: readonly (readonly [string, string])[]
  readonly body: Body
  readonly interim?: readonly number[]
  /** Only of cases that compare it. */
  readonly early?: boolean
  readonly broken?: string
}

const longest = 4096
const utf8 = (text: string) => Buffer.from(text).toString('latin1')

function storedBody(body: string): Body {
  const bytes = Buffer.from(body, 'latin1')
  const text = bytes.toString()
  const whole = Buffer.from(text).equals(bytes)
  if (body.length <= longest) return whole ? text : { base64: bytes.toString('base64') }
  return { sha256: createHash('sha256').update(bytes).digest('hex'), length: bytes.length, start: body.slice(0, 80) }
}

/** Replaces what a pattern matches, or only its first group where it has one. */
function masked(text: string, patterns: readonly RegExp[]): string {
  return patterns.reduce((current, pattern) => current.replace(pattern, (match: string, ...rest: unknown[]) =>
    typeof rest[0] === 'string' && rest[0] !== '' ? match.replace(rest[0], () => '{masked}') : '{masked}'), text)
}

/** Where `Max-Age` stands beside it, the time in `Expires` is computed from the clock. */
function withoutTime(cookie: string): string {
  return /; Max-Age=/i.test(cookie) ? cookie.replace(/Expires=[^;]*/i, 'Expires=(a time)') : cookie
}

/** The answers of an exchange as they are kept and compared. */
export function normalize(one: Case, { answers, captured }: Exchange, target: Target): Normal[] {
  const address = `${target.host}:${target.port}`
  const names: [string, string][] = [
    [address, '{host}'], [encodeURIComponent(address), '{host}'], [`localhost:${target.port}`, '{host}'],
    [encodeURIComponent(`localhost:${target.port}`), '{host}'],
    [`127.0.0.1:${target.port}`, '{host}'],
  ]
  if (target.second !== null) {
    const second = target.second.replace('http://', '')
    names.push([second, '{second}'], [encodeURIComponent(second), '{second}'], [second.replace('127.0.0.1', 'localhost'), '{second}'])
  }
  // Short values would be found where they do not belong.
  for (const [name, value] of captured) if (value.length >= 8) names.push([utf8(value), `{${name}}`])
  const replaced = (text: string) => masked(names.reduce((current, [value, name]) => current.replaceAll(value, name), text), one.mask)
  return answers.map((answer) => normalizeOne(one, answer, replaced))
}

function normalizeOne(one: Case, answer: Answer, replaced: (text: string) => string): Normal {
  const body = replaced(answer.body)
  const changed = body !== answer.body
  const page = one.differs?.id === 'error-pages' || one.differs?.id === 'dev-errors'
  const fields = answer.fields.filter(([name]) => !(page && one.differs?.headers.includes(name))).map(([name, value]): [string, string] => {
    if (name === 'date') return [name, '(a time)']
    if (changed && (name === 'content-length' || name === 'etag')) return [name, '(of the body before names were replaced)']
    return [name, replaced(name === 'set-cookie' ? withoutTime(value) : value)]
  })
  return {
    status: answer.status,
    reason: answer.reason,
    fields,
    // An error page holds the build's random id.
    body: page && /^<!DOCTYPE/i.test(body) ? 'an HTML page' : storedBody(body),
    ...(answer.interim.length > 0 ? { interim: answer.interim } : {}),
    ...(one.stream ? { early: answer.early } : {}),
    ...(answer.broken !== null ? { broken: answer.broken } : {}),
  }
}
