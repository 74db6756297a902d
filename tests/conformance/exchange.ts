/**
 * Sends the requests of a case and collects the responses.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Answer } from '../../verify/src/answer.ts'
import { Client, type Target } from '../../verify/src/client.ts'
import type { Case } from './cases.ts'

export type { Target }

/** How often, and at which interval in milliseconds, a step with "until" is sent. */
const attempts = 50
const interval = 100

/** The responses to a case and the captured values. */
export interface Exchange {
  readonly answers: readonly Answer[]
  readonly captured: ReadonlyMap<string, string>
}

/**
 * Sends the steps of a case in order, each on the connection of the previous one if that is still
 * open.
 */
export async function send(one: Case, target: Target): Promise<Exchange> {
  const client = new Client(target, one.cookies)
  const answers: Answer[] = []
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
      for (const answer of received) client.keep(step, answer)
      answers.push(...received)
    }
  } finally {
    client.close()
  }
  return { answers, captured: client.variables }
}
