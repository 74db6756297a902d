/** Says where two answers to one request differ for a client, and what is not compared, and why. */
import type { Answer } from './exchange.ts'
import type { DifferentialRequest } from './requests.ts'

/** What is not compared as it stands in any answer: a header, and the reason. */
export const ignored: Readonly<Record<string, string>> = {
  date: 'the time of the answer; that there is one is compared',
  'keep-alive': 'Millrace keeps idle connections longer, as balancers in front of it need',
  'transfer-encoding': 'where Next.js streams a body that is known whole, Millrace may send its length instead: the bytes are compared',
  'content-length': 'as above; a length must be right, and present where that of Next.js is',
  vary: "Next.js adds the names its React pages are fetched with to every route handler's answer; a handler's own Vary is compared",
  'set-cookie': 'the time in Expires where Max-Age stands beside it; all else is compared',
}

const reactNames = ['rsc', 'next-router-state-tree', 'next-router-prefetch', 'next-router-segment-prefetch']

type Fields = Map<string, readonly string[]>

/** The fields as they are compared: framing apart, times and React's Vary names taken out. */
function comparable(answer: Answer, leftOut: readonly string[]): Fields {
  const fields: Fields = new Map()
  for (const [name, values] of answer.headers) {
    if (['transfer-encoding', 'content-length', 'keep-alive', ...leftOut].includes(name)) continue
    if (name === 'date') fields.set(name, ['(a time)'])
    else if (name === 'set-cookie') fields.set(name, values.map(withoutTime))
    else if (name === 'vary') {
      const kept = values.flatMap((value) => value.split(/,\s*/)).filter((word) => !reactNames.includes(word.toLowerCase()))
      if (kept.length > 0) fields.set(name, kept)
      // Several lines of a name mean what one line with commas means (RFC 9110, 5.3).
    } else fields.set(name, [values.join(', ')])
  }
  return fields
}

function withoutTime(cookie: string): string {
  return /; Max-Age=/i.test(cookie) ? cookie.replace(/Expires=[^;]*/i, 'Expires=(a time)') : cookie
}

/** How Millrace's framing is wrong beside that of Next.js, or null. */
function framing(next: Answer, millrace: Answer, head: boolean): string | null {
  const length = millrace.headers.get('content-length')
  const nextLength = next.headers.get('content-length')
  const bodiless = millrace.status === 204 || millrace.status === 304
  if (bodiless) return length || millrace.headers.has('transfer-encoding') ? `a ${millrace.status} announces a body` : null
  if (length && millrace.headers.has('transfer-encoding')) return 'both a length and chunks'
  if (nextLength && String(nextLength) !== String(length)) return `content-length: ${nextLength} became ${length ?? 'none'}`
  if (length && !head && Number(length[0]) !== millrace.body.length) return `content-length ${length} of a body of ${millrace.body.length}`
  return null
}

const shown = (text: string) => JSON.stringify(Buffer.from(text.slice(0, 500), 'latin1').toString())

/** One line for each difference; none where a client sees the same. */
export function differences(request: DifferentialRequest, next: Answer, millrace: Answer): string[] {
  const allowed = request.difference
  const found: string[] = []
  const expect = (what: string, wanted: string, got: string) => {
    if (wanted !== got) found.push(`${what}: next ${wanted}, millrace ${got}`)
  }
  if (allowed?.status !== undefined) {
    expect('status', String(allowed.status), String(millrace.status))
  } else {
    expect('status', `${next.status} ${next.reason}`, `${millrace.status} ${millrace.reason}`)
  }
  expect('broken off', String(next.broken), String(millrace.broken))
  const leftOut = allowed?.headers ?? []
  const [nextFields, millraceFields] = [comparable(next, leftOut), comparable(millrace, leftOut)]
  for (const name of [...new Set([...nextFields.keys(), ...millraceFields.keys()])].sort()) {
    const text = (fields: Fields) => fields.get(name)?.map((value) => JSON.stringify(value)).join(', ') ?? 'none'
    expect(name, text(nextFields), text(millraceFields))
  }
  if (!leftOut.includes('content-length')) {
    const wrong = framing(next, millrace, request.method === 'HEAD')
    if (wrong !== null) found.push(wrong)
  }
  if (!allowed?.body) expect('body', shown(next.body), shown(millrace.body))
  if (!allowed?.body && next.body !== millrace.body && found.length === 0) found.push('body: differs beyond its first 500 bytes')
  return found
}
