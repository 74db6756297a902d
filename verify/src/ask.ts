/**
 * Sends a list of requests to two servers, round by round, and gathers what each said to each
 * request.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Bounds, Client, type Target } from './client.ts'
import { namedFields, nameReplacer } from './names.ts'
import { type Observation, observationOf } from './places.ts'
import type { RequestFile, VerifyRequest } from './request_file.ts'
import { wantsAnotherRound } from './verdict.ts'

/** What the two said to one request, a round each. */
export interface Asked {
  readonly request: VerifyRequest
  readonly reference: Observation[]
  readonly millrace: Observation[]
}

/** Longer than the second in which many times are told: what varies with the clock has varied. */
const apart = 1100

const unreachable = (error: unknown): Observation => ({
  status: 0,
  reason: '',
  fields: [],
  body: '',
  interim: [],
  broken: `no connection: ${(error as Error).message}`,
})

async function observe(
  client: Client,
  target: Target,
  { step }: VerifyRequest,
): Promise<Observation> {
  try {
    const answer = (await client.send(step))[0]!
    client.keep(step, answer)
    const replaced = nameReplacer(target, client.variables)
    const body = replaced(answer.body)
    return observationOf(answer, namedFields(answer, body !== answer.body, replaced), body)
  } catch (error) {
    client.close()
    return unreachable(error)
  }
}

/** Sends all requests once to one server, by a client with cookies and values of its own. */
async function pass(
  target: Target,
  { requests, uuids }: RequestFile,
  bounds: Bounds,
): Promise<Observation[]> {
  const client = new Client(target, true, bounds)
  for (const name of uuids) client.variables.set(name, randomUUID())
  const seen: Observation[] = []
  try {
    for (const request of requests) seen.push(await observe(client, target, request))
  } finally {
    client.close()
  }
  return seen
}

/**
 * Sends all requests to one server and then to the other: a list that puts back what it changes
 * leaves the second what the first had, also where they share a database.
 */
async function round(
  targets: readonly [Target, Target],
  file: RequestFile,
  asked: readonly Asked[],
  bounds: Bounds,
): Promise<void> {
  for (const [index, seen] of (await pass(targets[0], file, bounds)).entries())
    asked[index]!.reference.push(seen)
  for (const [index, seen] of (await pass(targets[1], file, bounds)).entries())
    asked[index]!.millrace.push(seen)
}

/**
 * Asks both servers all requests in two rounds, and in a third one where something varies under one
 * of them only.
 */
export async function ask(
  reference: Target,
  millrace: Target,
  file: RequestFile,
  bounds: Bounds,
): Promise<Asked[]> {
  const asked = file.requests.map((request): Asked => ({ request, reference: [], millrace: [] }))
  await round([reference, millrace], file, asked, bounds)
  await round([reference, millrace], file, asked, bounds)
  if (asked.some((one) => wantsAnotherRound(one.reference, one.millrace))) {
    await pause(apart)
    await round([reference, millrace], file, asked, bounds)
  }
  return asked
}
