/**
 * Opens pages in Debian's Chromium and records everything that a user's console would show as a
 * fault: errors, exceptions of scripts, requests that fail or get an error status.
 */
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { hangTimeout } from '../../e2e/support/hang_timeout.ts'

const program = '/usr/bin/chromium'

/** Starts Chromium, without a window. */
export function launch(): Promise<Browser> {
  if (!existsSync(program))
    throw new Error(`${program} does not exist: scripts/setup installs Debian's package chromium`)
  return chromium.launch({
    executablePath: program,
    // Its sandbox does not work for root, nor in most containers; the pages are the tests' own.
    args: ['--no-sandbox'],
    timeout: hangTimeout(120),
  })
}

/** One user's window, with cookies of its own. Closing it checks that nothing has failed. */
export class Visit implements AsyncDisposable {
  readonly page: Page
  readonly #context: BrowserContext
  readonly #faults: string[] = []

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context
    this.page = page
    page.on('console', (message) => {
      if (message.type() === 'error')
        this.#faults.push(`console: ${message.text()} (${message.location().url})`)
    })
    page.on('pageerror', (error) => this.#faults.push(`exception: ${error.stack}`))
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText
      // A client that navigates drops what it no longer needs; without scripts, none is loaded.
      if (reason !== 'net::ERR_ABORTED' && reason !== 'csp')
        this.#faults.push(`${reason}: ${request.url()}`)
    })
    page.on('response', (response) => {
      if (response.status() >= 400) this.#faults.push(`${response.status()}: ${response.url()}`)
    })
  }

  /** @param scripts whether the browser runs JavaScript. */
  static async open(browser: Browser, origin: string, scripts = true): Promise<Visit> {
    const context = await browser.newContext({
      baseURL: origin,
      javaScriptEnabled: scripts,
      locale: 'en-GB',
    })
    context.setDefaultTimeout(hangTimeout(120))
    return new Visit(context, await context.newPage())
  }

  /** Resolves when the page's heading is `text`. */
  async heading(text: string): Promise<void> {
    await this.page.locator('h1', { hasText: text }).waitFor()
  }

  /** Resolves when the page's scripts run: a click changes the count. */
  async interactive(): Promise<void> {
    const button = this.page.locator('button', { hasText: 'count' })
    for (;;) {
      await button.click()
      if ((await button.textContent()) !== 'count 0') return
    }
  }

  /** What has failed so far. */
  faults(): readonly string[] {
    return this.#faults
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close()
  }
}
