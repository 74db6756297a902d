import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Invocation } from '../src/invocation/invocation.ts'
import { reportRouteError } from '../src/invocation/route_errors.ts'

/** Returns the reason that the project's onRequestError gets. */
async function reasonOf(fill: boolean, rawFields: string): Promise<unknown> {
  let reported: { revalidateReason: unknown } | undefined
  const onRequestError = (
    _error: unknown,
    _request: unknown,
    context: { revalidateReason: unknown },
  ): void => void (reported = context)
  const generation = { instrumentation: { onRequestError }, manifest: { config: { basePath: '' } } }
  const invocation = {
    fill,
    rawFields,
    method: 'GET',
    url: '/api/x',
    remoteAddress: '',
    target: { generation, route: { path: '/api/x', parameters: [] } },
  }
  await reportRouteError(invocation as unknown as Invocation, 'App Router', new Error('broken'))
  return reported!.revalidateReason
}

test('onRequestError gets the reason why a response for the cache was made', async () => {
  assert.equal(await reasonOf(false, 'Host: a\r\n'), undefined)
  assert.equal(await reasonOf(true, 'Host: a\r\n'), 'stale')
  assert.equal(await reasonOf(true, 'Host: a\r\nX-Millrace-On-Demand: 1\r\n'), 'on-demand')
  // A client's own field has no effect.
  assert.equal(await reasonOf(false, 'Host: a\r\nX-Millrace-On-Demand: 1\r\n'), undefined)
})
