/**
 * Tests the transcript of examples/saas/README.md: each command is run against the example, and
 * must print the output shown.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import {
  copyOf,
  repository,
  type Server,
  startServer,
  temporaryDirectory,
} from './support/index.ts'
import { transcript } from './support/transcript.ts'

describe('the transcript of examples/saas', () => {
  const steps = transcript(readFileSync(join(repository, 'examples/saas/README.md'), 'utf8'))
  const place = temporaryDirectory()
  let server: Server
  before(async () => {
    const directory = copyOf('examples/saas')
    copyFileSync(join(directory, '.env.example'), join(directory, '.env.local'))
    server = await startServer({ command: 'dev', directory })
  })
  after(() => server?.stop())

  test('contains commands', () => assert.ok(steps.length >= 5))
  for (const { command, output } of steps) {
    test(command, async () => {
      assert.match(command, /^curl .*localhost:3000/)
      const shell = command.replaceAll('localhost:3000', `localhost:${server.port}`)
      const env = { PATH: process.env['PATH'], HOME: place, no_proxy: '*' }
      const { stdout } = await promisify(execFile)('sh', ['-c', shell], { cwd: place, env })
      assert.equal(stdout.trimEnd(), output)
    })
  }
})
