import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { database } from '@/lib/database'
import { env } from '@/lib/env'
import { HttpError } from '@/lib/errors'
import { publish } from '@/services/events'

/** Maximum age of a signature, so that a recorded request cannot be sent again later. */
const toleranceSeconds = 300

const payment = z.object({
  id: z.string().min(1),
  type: z.string().min(1),
  amountCents: z.number().int(),
})

/** Returns a provider's X-Signature: `t=<unix seconds>,v1=<HMAC-SHA256 of "t.body" in hex>`. */
export function sign(body: Buffer, seconds: number): string {
  const hmac = createHmac('sha256', env().WEBHOOK_SECRET).update(`${seconds}.`).update(body).digest('hex')
  return `t=${seconds},v1=${hmac}`
}

export function checkSignature(body: Buffer, header: string | undefined) {
  const seconds = Number(/^t=(\d+),/.exec(header ?? '')?.[1])
  const expected = Buffer.from(sign(body, seconds))
  const given = Buffer.from(header ?? '')
  const fresh = Math.abs(Date.now() / 1000 - seconds) <= toleranceSeconds
  if (!fresh || given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new HttpError(400, 'bad_signature', 'The signature does not fit the body.')
  }
}

/** Records a payment. Providers repeat requests, so recording the same payment again has no effect. */
export function recordPayment(body: Buffer): { received: true; duplicate: boolean } {
  let json: unknown
  try {
    json = JSON.parse(body.toString('utf8'))
  } catch {
    throw new HttpError(400, 'invalid_json', 'The body is not valid JSON.')
  }
  const { id, type, amountCents } = payment.parse(json)
  const { changes } = database()
    .prepare('INSERT INTO payments (event_id, type, amount_cents) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
    .run(id, type, amountCents)
  if (changes > 0) publish('payment', { id, type, amountCents })
  return { received: true, duplicate: changes === 0 }
}
