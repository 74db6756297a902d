/**
 * Tests an app with pages in a browser, under `millrace dev`: what a user does, and hot reload.
 */
import assert from 'node:assert/strict'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { hangTimeout } from '../e2e/support/hang_timeout.ts'
import { project, repository, type Server, startServer, write } from '../e2e/support/index.ts'
import { launch, Visit } from './support/browser.ts'
import { tourTests } from './support/tour.ts'

describe('a browser and millrace dev', { timeout: hangTimeout(1800) }, () => {
  let directory: string
  let server: Server
  let browser: Browser

  before(async () => {
    directory = project({ files: {}, forNext: true })
    cpSync(join(repository, 'tests/e2e/fixtures/pages'), directory, { recursive: true })
    server = await startServer({
      command: 'dev',
      directory,
      env: { NEXT_TELEMETRY_DISABLED: '1' },
    })
    browser = await launch()
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  tourTests(() => ({ browser, origin: server.url }), false)

  test('hot reload changes the text and keeps the state', {
    timeout: hangTimeout(600),
  }, async () => {
    await using visit = await Visit.open(browser, server.url)
    const { page } = visit
    await page.goto('/tour')
    await visit.interactive()
    const count = await page.textContent('button')
    const file = 'app/tour/page.tsx'
    const text = readFileSync(join(directory, file), 'utf8')
    write(directory, file, text.replace('the tour begins', 'the text is new'))
    await visit.heading('the text is new')
    assert.equal(await page.textContent('button'), count, 'the client has lost its state')
    assert.deepEqual(visit.faults(), [])
  })
})
