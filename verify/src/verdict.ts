/**
 * Compares the responses of two servers to one request. Each server gets the request in several
 * rounds: what varies from round to round under both is not a difference, and is reported as
 * volatile instead.
 */
import { type Observation, type Places, placesOf } from './places.ts'

/** A place in which the two differ, with the last value of each; null: absent. */
export interface Difference {
  readonly place: string
  readonly reference: string | null
  readonly millrace: string | null
  /** It is constant under one server, and varies from round to round under this one. */
  readonly varies?: 'reference' | 'millrace'
  /** The allowance that matches it. */
  readonly allowed?: string
}

/** The result for one request. */
export interface Verdict {
  readonly result: 'equal' | 'differs' | 'allowed'
  readonly differences: readonly Difference[]
  /** Places that vary under both servers. */
  readonly volatile: readonly string[]
}

/** The responses of one server, one per round. */
export type Rounds = readonly Observation[]

const varies = (values: readonly (string | undefined)[]) =>
  values.some((value) => value !== values[0])

/**
 * Excludes differences that do not matter to a client, or follow from others: those of
 * tests/conformance.
 */
function counts(place: string, reference: Places, millrace: Places, bodyMoves: boolean): boolean {
  const status = millrace.get('status') ?? ''
  if (place === 'header allow') return !(status.startsWith('405') && !reference.has(place))
  if (place === 'header content-length') {
    if (bodyMoves) return false
    const bodiless = status.startsWith('204') || status.startsWith('304')
    return bodiless ? !reference.has(place) : reference.has(place)
  }
  return !(place === 'header etag' && bodyMoves && reference.has(place) && millrace.has(place))
}

const rank = (place: string) =>
  ['status', 'message', 'interim'].findIndex((first) => place.startsWith(first)) + 1 ||
  (place.startsWith('header') ? 4 : 5)

/** Finds where two bodies with the same JSON differ as text. */
function formOf(reference: Observation, millrace: Observation): Difference | null {
  if (reference.body === millrace.body) return null
  let at = 0
  while (reference.body[at] === millrace.body[at]) at += 1
  const around = (body: string) =>
    JSON.stringify(Buffer.from(body.slice(Math.max(0, at - 20), at + 20), 'latin1').toString())
  return {
    place: `body at byte ${at} (the same JSON, written otherwise)`,
    reference: around(reference.body),
    millrace: around(millrace.body),
  }
}

/**
 * The page that Next.js sends if no handler responds, when Millrace sends the same status with a
 * line of text: docs/differences.md, `error-pages`.
 */
function isErrorPage(reference: Observation, millrace: Observation): boolean {
  const type = ({ fields }: Observation) =>
    fields.find(([name]) => name === 'content-type')?.[1] ?? ''
  return (
    reference.status >= 400 &&
    reference.status === millrace.status &&
    /^text\/html/i.test(type(reference)) &&
    /^text\/plain/i.test(type(millrace)) &&
    (reference.body === '' ||
      (/^<!DOCTYPE html>/i.test(reference.body) &&
        /__NEXT_DATA__|__next_f|__next_error__/.test(reference.body)))
  )
}

interface Comparison {
  readonly differences: Difference[]
  readonly volatile: string[]
  /** Number of places that so far vary under one server only. */
  readonly oneSided: number
}

function compare(reference: Rounds, millrace: Rounds): Comparison {
  const places = placesOf([...reference, ...millrace])
  const [ours, theirs] = [places.slice(reference.length), places.slice(0, reference.length)]
  const last = reference.length - 1
  const names = [...new Set(places.flatMap((one) => [...one.keys()]))].sort(
    (a, b) => rank(a) - rank(b),
  )
  const valuesOf = (place: string) =>
    [theirs.map((one) => one.get(place)), ours.map((one) => one.get(place))] as const
  const bodyMoves = names.some(
    (place) =>
      place.startsWith('body') && (varies(valuesOf(place)[0]) || varies(valuesOf(place)[1])),
  )
  const found: Comparison & { oneSided: number } = { differences: [], volatile: [], oneSided: 0 }
  for (const place of names) {
    const [a, b] = valuesOf(place)
    if (
      a.every((value, round) => value === b[round]) ||
      !counts(place, theirs[last]!, ours[last]!, bodyMoves)
    )
      continue
    const [aVaries, bVaries] = [varies(a), varies(b)]
    const difference: Difference = { place, reference: a[last] ?? null, millrace: b[last] ?? null }
    // Two statuses that vary and never coincide are not a coincidence.
    if (aVaries && bVaries && (place !== 'status' || a.some((value) => b.includes(value))))
      found.volatile.push(place)
    else if (aVaries === bVaries) found.differences.push(difference)
    else {
      found.oneSided += 1
      // A value that one server only returns first, such as a cache miss, is gone by the last
      // round.
      if (a[last] === b[last]) found.volatile.push(place)
      else found.differences.push({ ...difference, varies: aVaries ? 'reference' : 'millrace' })
    }
  }
  if (
    ![...found.differences.map(({ place }) => place), ...found.volatile].some((place) =>
      place.startsWith('body'),
    )
  ) {
    const form = formOf(reference[last]!, millrace[last]!)
    if (form) found.differences.push(form)
  }
  return found
}

/** Whether another round could still show that what varies under one server varies under both. */
export function wantsAnotherRound(reference: Rounds, millrace: Rounds): boolean {
  return compare(reference, millrace).oneSided > 0
}

/**
 * Handles a request to which a server has not responded at all: the two cannot be compared, not
 * even if both are silent.
 */
function silence(reference: Rounds, millrace: Rounds): Difference | null {
  const [a = null, b = null] = [reference, millrace].map(
    (rounds) => rounds.find(({ status }) => status === 0)?.broken,
  )
  return a === null && b === null ? null : { place: 'message', reference: a, millrace: b }
}

/**
 * Returns the verdict on the rounds. `allowance`: returns the pattern that allows a place, or null.
 */
export function judge(
  reference: Rounds,
  millrace: Rounds,
  allowance: (place: string) => string | null,
): Verdict {
  const { differences: found, volatile } = compare(reference, millrace)
  const silent = silence(reference, millrace)
  const isTold = found.some(({ place }) => place === 'status' || place === 'message')
  const differences = silent === null || isTold ? found : [silent, ...found]
  const last = reference.length - 1
  const page = isErrorPage(reference[last]!, millrace[last]!)
  const judged = differences.map((difference): Difference => {
    const allowed =
      (page && difference.place !== 'status' && difference.place !== 'message'
        ? 'error-pages'
        : null) ?? allowance(difference.place)
    return allowed === null ? difference : { ...difference, allowed }
  })
  const result =
    judged.length === 0
      ? 'equal'
      : judged.every(({ allowed }) => allowed !== undefined)
        ? 'allowed'
        : 'differs'
  return { result, differences: judged, volatile }
}
