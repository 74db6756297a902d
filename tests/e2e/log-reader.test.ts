/**
 * Tests that a slow or stopped reader of the server's log does not block the server, which later
 * reports how much it has dropped.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build, project, startServer } from './support/index.ts'

const lines = 'for (let i = 0; i < 4000; i++)'

for (const [name, setting, flood] of [
  ['console', '', `${lines} console.log('x'.repeat(1000))`],
  [
    "a sandboxed worker's descriptor",
    'sandbox = true\n',
    `${lines} require('node:fs').writeSync(1, 'x'.repeat(1000) + '\\n')`,
  ],
] as const) {
  test(`an unread log does not block the server: ${name}`, { timeout: 120_000 }, async () => {
    const directory = project({
      files: {
        'package.json': '{ "name": "log-reader", "private": true }',
        'millrace.toml': `[pools.loud]\nroutes = ["/api/loud"]\n${setting}`,
        'pages/api/loud.js': `export default (req, res) => {\n  ${flood}\n  res.end('loud')\n}`,
        'pages/api/quiet.js': `export default (req, res) => res.end('quiet')`,
      },
    })
    await build(directory)
    await using server = await startServer({ command: 'start', directory })
    server.reads(false)
    assert.equal(await (await fetch(`${server.url}/api/loud`)).text(), 'loud')
    // More than the pipe and the server buffer: both requests would wait forever.
    for (let i = 0; i < 3; i++)
      assert.equal(await (await fetch(`${server.url}/api/quiet`)).text(), 'quiet')
    server.reads(true)
    await server.printed(/warning: \d+ log messages were dropped: their reader is too slow/)
  })
}
