/** Judges what became of a message: at the client, and at the application. */
import { type Got, last } from './exchange.ts'
import type { Fate, Message } from './messages.ts'
import { type Seen, seenField } from './servers.ts'

const counts: Partial<Record<Fate, number>> = { one: 1, two: 2, three: 3, ten: 10 }

/**
 * What holds for every message, whatever is in front of the application. Returns what is wrong, or
 * null. `seen` is what the application got with this message's id.
 */
export function split(
  message: Message,
  got: Got,
  seen: readonly Seen[],
  id: string,
): string | null {
  const complete = seen.filter(({ length }) => length !== null).map(describe)
  const cut = seen.length - complete.length
  const responses = got.responses
    .map(({ headers }) => headers[seenField])
    .filter((one) => one !== undefined)
  const others = responses.filter((one) => !one.includes(id))
  if (others.length > 0) return `the client got the response to another request: ${others}`
  // One request that was seen as two, or two as one, leaves a response too many or too few.
  if (JSON.stringify(responses) !== JSON.stringify(complete))
    return `the application got ${JSON.stringify(complete)}, the client responses to ${JSON.stringify(responses)}`
  if (cut > 1 || (cut === 1 && seen.at(-1)!.length !== null))
    return `requests without an end: ${JSON.stringify(seen)}`
  if (got.rest !== '' && message.bare !== true)
    return `bytes that are no response: ${JSON.stringify(got.rest.slice(0, 80))}`
  return null
}

const describe = ({ what, length }: Seen) => `${what} ${length}`

/** Returns why none of the fates that a message may have holds, or null. */
export function wrongFate(message: Message, got: Got, seen: readonly Seen[]): string | null {
  const { length } = message
  if (seen.some(({ what }) => /^\S+ \/\w+\/smuggled$/.test(what)))
    return 'the smuggled request was seen'
  if (length !== undefined && seen.length > 0 && seen[0]!.length !== length)
    return `the body has ${seen[0]!.length} bytes instead of ${length}`
  if (message.direct.some((fate) => holds(fate, got, seen))) return null
  const statuses = got.responses.map(({ status }) => status)
  return `${statuses} to ${JSON.stringify(seen)}, ${got.closed ? 'closed' : 'left open'}; wanted ${message.direct.join(' or ')}`
}

/** Whether the server refused the message and closed the connection. */
const refused = (statuses: readonly number[], got: Got) =>
  got.closed &&
  statuses.length === 1 &&
  ((statuses[0]! >= 400 && statuses[0]! < 500) || [501, 505].includes(statuses[0]!))

function holds(fate: Fate, got: Got, seen: readonly Seen[]): boolean {
  const ends = (seen.at(-1)?.what ?? '').endsWith(`/${last}`)
  const own = ends ? seen.slice(0, -1) : seen
  const statuses = got.responses.map(({ status }) => status)
  if (ends) statuses.pop()
  const first = statuses[0] ?? 0
  switch (fate) {
    case 'refused':
      // A body can turn out to be malformed after the application got the head.
      return seen.every(({ length }) => length === null) && refused(statuses, got)
    case 'own':
      return own.length === 0 && statuses.length === 1 && first < 500 && got.closed
    case 'any':
      return statuses.length === 1 && first < 500 && got.closed
    case 'failed':
      return own.length === 0 && statuses.length === 1 && first >= 400 && got.closed
    case 'incomplete':
      return (
        !ends &&
        own.every(({ length }) => length === null) &&
        statuses.every((status) => status >= 300 || (status === 200 && own.length === 0))
      )
    case 'own-then-one':
      return own.length === 1 && statuses.length === 2 && ends
    case 'one-then-refused':
      return !ends && own.length === 1 && first === 200 && refused(statuses.slice(1), got)
    default:
      return (
        own.length === counts[fate] &&
        statuses.length === own.length &&
        statuses.every((status) => status === 200) &&
        got.closed
      )
  }
}
