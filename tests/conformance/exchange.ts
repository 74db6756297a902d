/**
 * Sends the requests of a case and collects the responses.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { ReceivedResponse } from '../../verify/src/response_reader.ts'
import { Client, type Target } from '../../verify/src/client.ts'
import type { Case } from './cases.ts'

export type { Target }

/** How often, and at which interval in milliseconds, a step with "until" is sent. */
const attempts = 50
const interval = 100

/** The responses to a case and the captured values. */
export interface Exchange {
  readonly responses: readonly ReceivedResponse[]
  readonly captured: ReadonlyMap<string, string>
}

/**
 * Sends the steps of a case in order, each on the connection of the previous one if that is still
 * open.
 */
export async function send(one: Case, target: Target): Promise<Exchange> {
  const client = new Client(target, one.cookies)
  const responses: ReceivedResponse[] = []
  try {
    for (const step of one.steps) {
      let received = await client.send(step)
      for (
        let left = attempts;
        step.until && left > 0 && !step.until.test(received.at(-1)!.body);
        left -= 1
      ) {
        await pause(interval)
        received = await client.send(step)
      }
      for (const response of received) client.keep(step, response)
      responses.push(...received)
    }
  } finally {
    client.close()
  }
  return { responses, captured: client.variables }
}
