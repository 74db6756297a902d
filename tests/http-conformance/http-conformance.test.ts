/**
 * Tests HTTP/1.1 against the RFCs: every case of every list holds.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { caseLists } from './cases.ts'
import { fault, observe } from './observe.ts'
import { startMillrace, type Tested } from './servers.ts'

/** Milliseconds after which a server that should respond counts as hung. Never a threshold. */
const timeout = 60_000

let server: Tested
before(async () => {
  server = await startMillrace()
})
after(() => server?.stop())

for (const { name, cases } of caseLists()) {
  describe(`HTTP conformance: ${name}`, () => {
    test('no case occurs twice', () => {
      assert.equal(new Set(cases.map(({ id }) => id)).size, cases.length)
    })
    for (const one of cases) {
      test(`${one.id} (RFC ${one.rfc})`, async () => {
        assert.equal(fault(one, await observe(server.port, one, timeout)), null)
      })
    }
  })
}
