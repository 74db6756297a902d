import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Invocation } from '../src/invocation/invocation.ts'
import { reportRouteError } from '../src/invocation/route_errors.ts'

/** What the project's onRequestError is told of why an answer was made. */
async function reasonOf(fill: boolean, rawFields: string): Promise<unknown> {
  let told: { revalidateReason: unknown } | undefined
  const onRequestError = (
    _error: unknown,
    _request: unknown,
    context: { revalidateReason: unknown },
  ): void => void (told = context)
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
  return told!.revalidateReason
}

test('onRequestError is told why an answer was being made to be kept', async () => {
  assert.equal(await reasonOf(false, 'Host: a\r\n'), undefined)
  assert.equal(await reasonOf(true, 'Host: a\r\n'), 'stale')
  assert.equal(await reasonOf(true, 'Host: a\r\nX-Millrace-On-Demand: 1\r\n'), 'on-demand')
  // What a client says counts for nothing.
  assert.equal(await reasonOf(false, 'Host: a\r\nX-Millrace-On-Demand: 1\r\n'), undefined)
})
