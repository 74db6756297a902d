/** What the server gets of a page with parts, and what it gives back for the rest. */
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'

import { respondWithShell, isResumption, postponedState } from '../src/next_engine/page_shell.ts'

class Response {
  statusCode = 200
  body: Buffer | undefined
  readonly fields: [string, unknown][] = []
  setHeader(name: string, value: unknown): void {
    this.fields.push([name.toLowerCase(), value])
  }
  appendHeader(name: string, value: unknown): void {
    this.setHeader(name, value)
  }
  end(body: Buffer): void {
    this.body = body
  }
}

const page = (more: object) =>
  ({
    value: {
      kind: 'APP_PAGE',
      html: { toUnchunkedString: () => '<p>ä' },
      headers: { 'x-next-cache-tags': 'tag', 'x-nextjs-stale-time': '300' },
      ...more,
    },
  }) as never
const answer = (more: object, headers = {}) => {
  const res = new Response()
  const next = { config: { poweredByHeader: true } }
  const answers = respondWithShell({ headers } as never, res as never, next as never, page(more))
  return { ...res, answers }
}

test('a shell, and the state of the rest behind it', () => {
  const { answers, statusCode, fields, body } = answer({ postponed: 'state' })
  assert.ok(answers)
  assert.equal(statusCode, 200)
  assert.equal(body?.toString(), '<p>ästate')
  const given = Object.fromEntries(fields)
  assert.equal(given['x-millrace-shell'], Buffer.byteLength('<p>ä'))
  assert.equal(given['x-nextjs-postponed'], '1')
  assert.equal(given['x-nextjs-stale-time'], '300')
  assert.equal(given['cache-control'], 'private, no-cache, no-store, max-age=0, must-revalidate')
  assert.ok(!('x-next-cache-tags' in given))
})

test('a page without a rest and a payload are the entry’s own', () => {
  assert.ok(!answer({}).answers)
  assert.ok(!answer({ postponed: 'state' }, { rsc: '1' }).answers)
})

test('the state comes back as the body of a request that says so', async () => {
  assert.ok(isResumption({ rawFields: 'Host: a\r\nx-millrace-resume: 1\r\n' } as never))
  assert.ok(!isResumption({ rawFields: 'Host: a\r\n' } as never))
  const headers = { 'x-millrace-resume': '1', host: 'a' }
  const body = Object.assign(Readable.from([Buffer.from('st'), Buffer.from('ate')]), { headers })
  assert.equal(await postponedState(body as never), 'state')
  assert.deepEqual(headers, { host: 'a' }, 'the page is not to see it')
})
