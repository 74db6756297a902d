/**
 * Normalises a response for recording and comparison: replaces addresses, times and masked text,
 * and long bodies with their hash.
 */
import { createHash } from 'node:crypto'
import type { ReceivedResponse } from '../../verify/src/response_reader.ts'
import { namedFields, nameReplacer } from '../../verify/src/names.ts'
import type { Case } from './cases.ts'
import type { Exchange, Target } from './exchange.ts'
import { withoutScripts, withSortedRows } from './payload.ts'

/** A body in a record: text, bytes, or the hash of a long one. */
export type Body =
  | string
  | { readonly base64: string }
  | { readonly sha256: string; readonly length: number; readonly start: string }

/** A response in a record. */
export interface Normal {
  readonly status: number
  readonly reason: string
  readonly fields: readonly (readonly [string, string])[]
  readonly body: Body
  readonly interim?: readonly number[]
  /** Only for cases that compare it. */
  readonly early?: boolean
  readonly broken?: string
}

const longest = 4096

function storedBody(body: string): Body {
  const bytes = Buffer.from(body, 'latin1')
  const text = bytes.toString()
  const isText = Buffer.from(text).equals(bytes)
  if (body.length <= longest) return isText ? text : { base64: bytes.toString('base64') }
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    length: bytes.length,
    start: body.slice(0, 80),
  }
}

/** Replaces what a pattern matches, or only its first group if it has one. */
function masked(text: string, patterns: readonly RegExp[]): string {
  return patterns.reduce(
    (current, pattern) =>
      current.replace(pattern, (match: string, ...rest: unknown[]) =>
        typeof rest[0] === 'string' && rest[0] !== ''
          ? match.replace(rest[0], () => '{masked}')
          : '{masked}',
      ),
    text,
  )
}

/** Returns the normalised responses of an exchange. */
export function normalize(one: Case, { responses, captured }: Exchange, target: Target): Normal[] {
  const named = nameReplacer(target, captured)
  const replaced = (text: string) => masked(named(text), one.mask)
  return responses.map((response) => normalizeOne(one, response, replaced))
}

/** Returns the body without what depends on time in a payload of React. */
function withoutPlaces({ fields, body }: ReceivedResponse, numbers: boolean): string {
  const type = fields.find(([name]) => name === 'content-type')?.[1]
  if (type?.startsWith('text/x-component')) return withSortedRows(body, numbers)
  return type?.startsWith('text/html') ? withoutScripts(body, numbers) : body
}

function normalizeOne(
  one: Case,
  response: ReceivedResponse,
  replaced: (text: string) => string,
): Normal {
  const plain = withoutPlaces(response, one.differs?.numbers !== true)
  const body = replaced(plain)
  const changed = body !== plain
  const page = one.differs?.id === 'error-pages' || one.differs?.id === 'dev-errors'
  const fields = namedFields(response, changed, replaced).filter(
    ([name]) => !(page && one.differs?.headers.includes(name)),
  )
  return {
    status: response.status,
    reason: response.reason,
    fields,
    // An error page contains the build's random id.
    body: page && /^<!DOCTYPE/i.test(body) ? 'an HTML page' : storedBody(body),
    ...(response.interim.length > 0 ? { interim: response.interim } : {}),
    ...(one.stream ? { early: response.early } : {}),
    ...(response.broken !== null ? { broken: response.broken } : {}),
  }
}
