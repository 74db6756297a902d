/**
 * Sends a list of requests to two servers in several rounds, and collects the responses to each
 * request.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Bounds, Client, type Target } from './client.ts'
import { namedFields, nameReplacer } from './names.ts'
import { type Observation, observationOf } from './places.ts'
import type { RequestFile, VerifyRequest } from './request_file.ts'
import { wantsAnotherRound } from './verdict.ts'

/** The responses of both servers to one request, one per round. */
export interface RequestRounds {
  readonly request: VerifyRequest
  readonly reference: Observation[]
  readonly millrace: Observation[]
}

/**
 * Longer than one second, the resolution of many times in responses: values that vary with the
 * clock have varied.
 */
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
    const response = (await client.send(step))[0]!
    client.keep(step, response)
    const replaced = nameReplacer(target, client.variables)
    const body = replaced(response.body)
    return observationOf(response, namedFields(response, body !== response.body, replaced), body)
  } catch (error) {
    client.close()
    return unreachable(error)
  }
}

/** Sends all requests once to one server, with a client that has its own cookies and values. */
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
 * Sends all requests to one server and then to the other: if the list undoes its changes, the
 * second server starts from the state of the first, also if they share a database.
 */
async function round(
  targets: readonly [Target, Target],
  file: RequestFile,
  results: readonly RequestRounds[],
  bounds: Bounds,
): Promise<void> {
  for (const [index, seen] of (await pass(targets[0], file, bounds)).entries())
    results[index]!.reference.push(seen)
  for (const [index, seen] of (await pass(targets[1], file, bounds)).entries())
    results[index]!.millrace.push(seen)
}

/**
 * Sends all requests to both servers in two rounds, and in a third one if a value varies under only
 * one of them.
 */
export async function sendInRounds(
  reference: Target,
  millrace: Target,
  file: RequestFile,
  bounds: Bounds,
): Promise<RequestRounds[]> {
  const results = file.requests.map(
    (request): RequestRounds => ({ request, reference: [], millrace: [] }),
  )
  await round([reference, millrace], file, results, bounds)
  await round([reference, millrace], file, results, bounds)
  if (results.some((one) => wantsAnotherRound(one.reference, one.millrace))) {
    await pause(apart)
    await round([reference, millrace], file, results, bounds)
  }
  return results
}
