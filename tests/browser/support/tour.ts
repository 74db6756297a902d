/**
 * What a user does in a browser on the fixture `pages`. It must work under `millrace start` and
 * under `millrace dev`.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Browser } from 'playwright-core'
import { hangTimeout } from '../../e2e/support/hang_timeout.ts'
import { Visit } from './browser.ts'
import { Gate } from './gate.ts'

export interface Tour {
  readonly browser: Browser
  readonly origin: string
}

const timeout = hangTimeout(600)

/** Whether the document is the one on which `mark` was called: no navigation has loaded another. */
const mark = "globalThis.marked = 'yes'"
const marked = 'globalThis.marked'
/** The width of the page's image, and the address from which it comes. */
const decoded = `(async () => {
  const image = document.querySelector('img')
  await image.decode()
  return [image.naturalWidth, image.currentSrc]
})()`

/** Defines the tests. @param prefetches whether the client loads links before they are followed. */
export function tourTests(given: () => Tour, prefetches: boolean): void {
  const open = (scripts = true) => Visit.open(given().browser, given().origin, scripts)

  test('a page loads, the client navigates and goes back', { timeout }, async () => {
    await using visit = await open()
    const { page } = visit
    const prefetched = prefetches
      ? page.waitForResponse((response) => {
          const headers = response.request().headers()
          return (
            response.url().includes('/tour/news') && headers['next-router-prefetch'] !== undefined
          )
        })
      : undefined
    await page.goto('/tour')
    await visit.heading('the tour begins')
    assert.equal(await page.title(), 'pages')
    await visit.interactive()
    assert.equal((await prefetched)?.status() ?? 200, 200)
    await page.evaluate(mark)
    await page.click('text=to the news')
    await visit.heading('news for en-GB')
    assert.equal(new URL(page.url()).pathname, '/tour/news')
    await page.goBack()
    await visit.heading('the tour begins')
    assert.equal(await page.evaluate(marked), 'yes', 'the document was loaded again')
    assert.notEqual(await page.textContent('button'), 'count 0', 'the layout has lost its state')
    await page.reload()
    await visit.heading('the tour begins')
    assert.deepEqual(visit.faults(), [])
  })

  test('the Pages Router navigates and goes back', { timeout }, async () => {
    await using visit = await open()
    const { page } = visit
    await page.goto('/old-tour')
    await visit.heading('the old tour begins')
    await page.waitForFunction('globalThis.next?.router?.isReady')
    await page.evaluate(mark)
    await page.click('text=to what is rendered')
    await visit.heading('rendered for en-GB')
    await page.goBack()
    await visit.heading('the old tour begins')
    await page.click('text=to what is stored')
    await visit.heading('what is stored')
    assert.equal(await page.evaluate(marked), 'yes', 'the document was loaded again')
    assert.deepEqual(visit.faults(), [])
  })

  for (const scripts of [true, false]) {
    test(`a form calls its action ${scripts ? 'with' : 'without'} scripts`, {
      timeout,
    }, async () => {
      await using visit = await open(scripts)
      const { page } = visit
      await page.goto('/tour')
      await page.click('text=to the form')
      await visit.heading('the form')
      if (scripts) await visit.interactive()
      await page.fill('input[name=name]', 'world')
      await page.click('text=greet')
      await page.locator('p', { hasText: 'hello world' }).waitFor()
      const cookies = await page.context().cookies()
      assert.deepEqual(
        cookies.map(({ name, value }) => [name, value]),
        [['greeted', 'world']],
      )
      await page.fill('input[name=name]', 'nobody')
      await page.click('text=greet')
      await visit.heading('the tour begins')
      assert.equal(new URL(page.url()).pathname, '/tour')
      assert.deepEqual(visit.faults(), [])
    })
  }

  test('an optimised image is decoded', { timeout }, async () => {
    await using visit = await open()
    const { page } = visit
    await page.goto('/tour')
    await page.click('text=to the picture')
    await visit.heading('the picture')
    const [width, source] = (await page.evaluate(decoded)) as [number, string]
    assert.ok(width > 0)
    assert.equal(new URL(source).pathname, '/_next/image')
    assert.deepEqual(visit.faults(), [])
  })

  test('a page appears piece by piece', { timeout }, async () => {
    await using gate = await Gate.start()
    await using visit = await open()
    const { page } = visit
    await page.goto(`/tour/stream?gate=${gate.port}`, { waitUntil: 'commit' })
    await visit.heading('the shell')
    await page.locator('i', { hasText: 'waiting for one' }).waitFor()
    gate.open('two')
    await page.locator('p', { hasText: 'part two' }).waitFor()
    assert.equal(await page.locator('i').textContent(), 'waiting for one')
    gate.open('one')
    await page.locator('p', { hasText: 'part one' }).waitFor()
    await visit.interactive()
    assert.equal(await page.locator('i').count(), 0)
    assert.deepEqual(visit.faults(), [])
  })
}
