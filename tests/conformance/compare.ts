/** Says where two answers to one request differ for a client, and what is not compared, and why. */
import { isDeepStrictEqual } from 'node:util'
import type { Case, Differs } from './cases.ts'
import type { Body, Normal } from './normalize.ts'

/** What is not compared as it stands in any answer: a field, and the reason. docs/differences.md tells users. */
export const ignored: Readonly<Record<string, string>> = {
  date: 'the time of the answer; that there is one is compared',
  'keep-alive': 'Millrace keeps idle connections longer, as balancers in front of it need',
  'transfer-encoding': 'where Next.js streams a body that is known whole, Millrace may send its length instead: the bytes are compared',
  'content-length': 'as above; a length must be right, and present where that of Next.js is',
  vary: "Next.js adds the names its React pages are fetched with to every route handler's answer; a handler's own Vary is compared",
  allow: 'that of a 405, where Next.js sends none and RFC 9110 wants one',
  'set-cookie': 'the time in Expires where Max-Age stands beside it; all else is compared, each cookie by itself',
}

const reactNames = ['rsc', 'next-router-state-tree', 'next-router-prefetch', 'next-router-segment-prefetch']
const framing = ['transfer-encoding', 'content-length', 'keep-alive']

type Fields = Map<string, readonly string[]>

/** The fields as they are compared: framing apart, React's Vary names taken out, lines of one name joined. */
function comparable(answer: Normal, leftOut: readonly string[], unordered: readonly string[]): Fields {
  const fields: Fields = new Map()
  for (const [name, value] of answer.fields) {
    if (!framing.includes(name) && !leftOut.includes(name)) fields.set(name, [...(fields.get(name) ?? []), value])
  }
  for (const [name, values] of fields) {
    const words = () => values.flatMap((value) => value.split(/,\s*/))
    if (name === 'vary') {
      const kept = words().filter((word) => !reactNames.includes(word.toLowerCase()))
      if (kept.length > 0) fields.set(name, kept)
      else fields.delete(name)
    } else if (unordered.includes(name)) fields.set(name, words().sort())
    // Several lines of a name mean what one line with commas means (RFC 9110, 5.3), but for Set-Cookie.
    else if (name !== 'set-cookie') fields.set(name, [values.join(', ')])
  }
  return fields
}

const valueOf = (answer: Normal, name: string) => answer.fields.find(([field]) => field === name)?.[1]

function shown(body: Body): string {
  if (typeof body === 'string') return JSON.stringify(body.slice(0, 500))
  return 'base64' in body ? `base64 ${body.base64.slice(0, 200)}` : `${body.length} bytes, sha256 ${body.sha256.slice(0, 12)}, ${JSON.stringify(body.start)}…`
}

function compareOne(one: Case, allowed: Differs | null, next: Normal, millrace: Normal): string[] {
  const found: string[] = []
  const expect = (what: string, wanted: string, got: string) => {
    if (wanted !== got) found.push(`${what}: next ${wanted}, millrace ${got}`)
  }
  if (allowed?.status !== undefined) expect('status', String(allowed.status), String(millrace.status))
  else expect('status', `${next.status} ${next.reason}`, `${millrace.status} ${millrace.reason}`)
  expect('broken', String(allowed?.body ? (millrace.broken ?? null) : (next.broken ?? null)), String(millrace.broken ?? null))
  expect('interim answers', String(next.interim ?? 'none'), String(millrace.interim ?? 'none'))
  if (one.stream) expect('a first part before the end', String(next.early), String(millrace.early))

  const leftOut = allowed?.headers ?? []
  const [nextFields, millraceFields] = [next, millrace].map((answer) => comparable(answer, leftOut, one.unordered)) as [Fields, Fields]
  for (const name of [...new Set([...nextFields.keys(), ...millraceFields.keys()])].sort()) {
    if (name === 'allow' && millrace.status === 405 && !nextFields.has(name)) continue
    const text = (fields: Fields) => fields.get(name)?.map((value) => JSON.stringify(value)).join(' and ') ?? 'none'
    expect(name, text(nextFields), text(millraceFields))
  }
  const [wanted, got] = [valueOf(next, 'content-length'), valueOf(millrace, 'content-length')]
  const bodiless = millrace.status === 204 || millrace.status === 304
  if (!leftOut.includes('content-length') && !bodiless && wanted !== undefined) expect('content-length', wanted, got ?? 'none')
  if (bodiless && got !== undefined && wanted === undefined) found.push(`a ${millrace.status} announces a body`)
  if (!allowed?.body) {
    expect('body', shown(next.body), shown(millrace.body))
    if (found.length === 0 && !isDeepStrictEqual(next.body, millrace.body)) found.push('body: differs beyond its start')
  }
  return found
}

/** One line for each difference; none where a client sees the same. `allowed`: what may differ, by default what the case names. */
export function differences(one: Case, next: readonly Normal[], millrace: readonly Normal[], allowed: Differs | null = one.differs): string[] {
  if (next.length !== millrace.length) return [`${next.length} answers by next, ${millrace.length} by millrace`]
  return next.flatMap((wanted, index) => {
    const found = compareOne(one, allowed, wanted, millrace[index]!)
    return next.length === 1 ? found : found.map((line) => `answer ${index + 1}: ${line}`)
  })
}
