/**
 * Tests an app with pages in a browser, under `millrace start`: what a user does, and a deploy in
 * the middle of it.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { hangTimeout } from '../e2e/support/hang_timeout.ts'
import { run, startServer, type Server } from '../e2e/support/index.ts'
import { nextBuild } from '../e2e/support/next_build.ts'
import { copyOfFixture } from '../e2e/support/whole_app.ts'
import { launch, Visit } from './support/browser.ts'
import { tourTests } from './support/tour.ts'

const timeout = hangTimeout(600)

describe('a browser and millrace start', { timeout: hangTimeout(1800) }, () => {
  let directory: string
  let server: Server
  let browser: Browser

  before(async () => {
    directory = await copyOfFixture('pages', '')
    server = await startServer({ command: 'start', directory })
    browser = await launch()
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  tourTests(() => ({ browser, origin: server.url }), true)

  test('a session goes on across a deploy', { timeout }, async () => {
    await using visit = await Visit.open(browser, server.url)
    const { page } = visit
    await page.goto('/tour')
    await visit.interactive()
    nextBuild(directory, 2, new Map([['the form', 'new form']]))
    const { code, stderr } = await run(['reload', directory])
    assert.equal(code, 0, stderr)
    await page.click('text=to the form')
    await visit.heading('form')
    await page.fill('input[name=name]', 'world')
    await page.click('text=greet')
    await page.locator('p', { hasText: 'hello world' }).waitFor()
    await page.reload()
    await visit.heading('new form')
    assert.deepEqual(visit.faults(), [])
  })
})
