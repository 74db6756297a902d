/**
 * Tests HTTP/2 against RFC 9113 and RFC 7541: every case of every list holds, on a connection of
 * its own to one server.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { build, project, type Server, startServer } from '../e2e/support/index.ts'
import { cases as framing } from './cases/frames.ts'
import { cases as generic } from './cases/generic.ts'
import { cases as hpack } from './cases/hpack.ts'
import { run } from './client.ts'

let server: Server
before(async () => {
  const directory = project({
    files: {
      'package.json': '{ "name": "http2", "private": true }',
      'public/small.txt': 'small file',
      'pages/api/echo.js': `
        export const config = { api: { bodyParser: false } }
        export default async (req, res) => {
          const chunks = []
          for await (const chunk of req) chunks.push(chunk)
          res.send(Buffer.concat(chunks))
        }`,
    },
  })
  await build(directory)
  server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
})
after(() => server?.[Symbol.asyncDispose]())

for (const [name, cases] of [
  ['generic', generic],
  ['frames', framing],
  ['fields', hpack],
] as const) {
  describe(`HTTP/2 conformance: ${name}`, { timeout: 600_000 }, () => {
    test('no case occurs twice', () => {
      assert.equal(new Set(cases.map(({ id }) => id)).size, cases.length)
    })
    for (const one of cases) {
      test(`${one.id} (RFC ${one.rfc})`, async () => {
        assert.equal(await run(server.port, one), null)
      })
    }
  })
}
