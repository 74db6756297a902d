/**
 * Reports the differences that a client can see between two responses to the same request.
 */
import { isDeepStrictEqual } from 'node:util'
import { comparable, type Fields } from '../../verify/src/fields.ts'
import type { Case, Differs } from './cases.ts'
import type { Body, Normal } from './normalize.ts'

const fieldOf = (response: Normal, name: string) =>
  response.fields.find(([field]) => field === name)?.[1]

function shown(body: Body): string {
  if (typeof body === 'string') return JSON.stringify(body.slice(0, 500))
  return 'base64' in body
    ? `base64 ${body.base64.slice(0, 200)}`
    : `${body.length} bytes, sha256 ${body.sha256.slice(0, 12)}, ${JSON.stringify(body.start)}…`
}

function compareOne(one: Case, allowed: Differs | null, next: Normal, millrace: Normal): string[] {
  const found: string[] = []
  const expect = (what: string, wanted: string, got: string) => {
    if (wanted !== got) found.push(`${what}: next ${wanted}, millrace ${got}`)
  }
  if (allowed?.status !== undefined)
    expect('status', String(allowed.status), String(millrace.status))
  else expect('status', `${next.status} ${next.reason}`, `${millrace.status} ${millrace.reason}`)
  expect(
    'broken',
    String(allowed?.body ? (millrace.broken ?? null) : (next.broken ?? null)),
    String(millrace.broken ?? null),
  )
  expect('interim responses', String(next.interim ?? 'none'), String(millrace.interim ?? 'none'))
  if (one.stream) expect('a first part before the end', String(next.early), String(millrace.early))

  const leftOut = allowed?.headers ?? []
  const [nextFields, millraceFields] = [next, millrace].map((response) =>
    comparable(response.fields, leftOut, one.unordered, one.exactVary),
  ) as [Fields, Fields]
  for (const name of [...new Set([...nextFields.keys(), ...millraceFields.keys()])].sort()) {
    if (name === 'allow' && millrace.status === 405 && !nextFields.has(name)) continue
    const text = (fields: Fields) =>
      fields
        .get(name)
        ?.map((value) => JSON.stringify(value))
        .join(' and ') ?? 'none'
    expect(name, text(nextFields), text(millraceFields))
  }
  const [wanted, got] = [fieldOf(next, 'content-length'), fieldOf(millrace, 'content-length')]
  const bodiless = millrace.status === 204 || millrace.status === 304
  if (!leftOut.includes('content-length') && !bodiless && wanted !== undefined)
    expect('content-length', wanted, got ?? 'none')
  if (bodiless && got !== undefined && wanted === undefined)
    found.push(`a ${millrace.status} announces a body`)
  if (!allowed?.body) {
    expect('body', shown(next.body), shown(millrace.body))
    if (found.length === 0 && !isDeepStrictEqual(next.body, millrace.body))
      found.push('body: differs beyond its start')
  }
  return found
}

/**
 * Returns one line for each difference; none if a client sees the same. `allowed`: what may differ,
 * by default what the case states.
 */
export function differences(
  one: Case,
  next: readonly Normal[],
  millrace: readonly Normal[],
  allowed: Differs | null = one.differs,
): string[] {
  if (next.length !== millrace.length)
    return [`${next.length} responses by next, ${millrace.length} by millrace`]
  return next.flatMap((wanted, index) => {
    const found = compareOne(one, allowed, wanted, millrace[index]!)
    return next.length === 1 ? found : found.map((line) => `response ${index + 1}: ${line}`)
  })
}
