/**
 * Splits a response into named places, each with its value as text, so that two responses can be
 * compared place by place: the status, each field, and each value of a JSON body or each word of a
 * text.
 */
import type { ReceivedResponse } from './response_reader.ts'
import { comparable } from './fields.ts'

/** The values of one response, by place. */
export type Places = ReadonlyMap<string, string>

/** A response in which the names of its server have been replaced. */
export interface Observation {
  readonly status: number
  readonly fields: readonly (readonly [string, string])[]
  readonly body: string
  readonly reason: string
  readonly interim: readonly number[]
  readonly broken: string | null
}

/** Longer bodies are compared as a whole. */
const longest = 1 << 20

function flatten(value: unknown, path: string, into: Map<string, string>): void {
  if (Array.isArray(value)) {
    into.set(`${path}.length`, String(value.length))
    for (const [index, item] of value.entries()) flatten(item, `${path}[${index}]`, into)
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    if (entries.length === 0) into.set(path, '{}')
    for (const [key, item] of entries)
      flatten(
        item,
        /^[\w$]+$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`,
        into,
      )
  } else into.set(path, JSON.stringify(value))
}

/** Returns the values of a JSON body by path; null if it is not JSON. */
function jsonPlaces(body: string): Map<string, string> | null {
  if (body.length > longest || !/^\s*[[{]/.test(body)) return null
  try {
    const places = new Map<string, string>()
    flatten(JSON.parse(Buffer.from(body, 'latin1').toString()), 'body $', places)
    return places
  } catch {
    return null
  }
}

const words = (body: string) => body.split(/([\s"'`,;:&=<>/()[\]{}|]+)/)

/** Splits the bodies of all responses to one request, all in the same way. */
function bodyPlaces(bodies: readonly string[]): Map<string, string>[] {
  const asJson = bodies.map(jsonPlaces)
  if (asJson.every((places) => places !== null)) return asJson
  const first = bodies[0] ?? ''
  const texts = bodies.every((body) => body.length <= longest && !body.includes('\0'))
    ? bodies.map(words)
    : []
  const alike =
    texts.length > 0 &&
    texts.every((text) => text.length === texts[0]!.length) &&
    bodies.some((body) => body !== first)
  if (!alike) return bodies.map((body) => new Map([['body', body]]))
  return texts.map(
    (text) =>
      new Map(
        text.map((word, index) => [
          `body ${index % 2 === 0 ? 'word' : 'after word'} ${(index >> 1) + 1}`,
          word,
        ]),
      ),
  )
}

/** Returns the places of all responses to one request. */
export function placesOf(observations: readonly Observation[]): Places[] {
  const bodies = bodyPlaces(observations.map(({ body }) => body))
  return observations.map((seen, index) => {
    const places = new Map<string, string>([['status', `${seen.status} ${seen.reason}`.trim()]])
    if (seen.broken !== null) places.set('message', seen.broken)
    if (seen.interim.length > 0) places.set('interim responses', seen.interim.join(', '))
    for (const [name, values] of comparable(seen.fields)) {
      places.set(`header ${name}`, values.map((value) => JSON.stringify(value)).join(' and '))
    }
    const length = seen.fields.find(([name]) => name === 'content-length')?.[1]
    if (length !== undefined) places.set('header content-length', JSON.stringify(length))
    for (const [name, value] of bodies[index]!) places.set(name, value)
    return places
  })
}

/** Returns the observation of a response, with names replaced by `replaced`. */
export function observationOf(
  response: ReceivedResponse,
  fields: readonly (readonly [string, string])[],
  body: string,
): Observation {
  const { status, reason, interim, broken } = response
  return { status, reason, fields, body, interim, broken }
}
