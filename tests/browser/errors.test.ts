/**
 * Tests the page that a browser shows for errors under `millrace dev`: it shows the error as text,
 * opens the editor, and reloads when the error has been mended.
 */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { hangTimeout } from '../e2e/support/hang_timeout.ts'
import { project, startServer, temporaryDirectory, write } from '../e2e/support/index.ts'
import { launch, Visit } from './support/browser.ts'

const hostile = '<img src=x onerror=alert(1)></script><script>alert(2)</script>'

test('the error page shows text, opens the editor and reloads when the error is mended', {
  timeout: hangTimeout(300),
}, async () => {
  const directory = project({
    files: {
      'app/api/a/route.ts': `export const GET = () => {\n  throw new Error('${hostile}')\n}\n`,
    },
  })
  const folder = temporaryDirectory()
  const opened = join(folder, 'opened')
  writeFileSync(
    join(folder, 'code'),
    `#!/bin/sh\necho "$@" >${opened}.new && mv ${opened}.new ${opened}\n`,
  )
  chmodSync(join(folder, 'code'), 0o755)
  await using server = await startServer({
    command: 'dev',
    directory,
    env: { LAUNCH_EDITOR: join(folder, 'code') },
  })
  const browser = await launch()
  try {
    await using visit = await Visit.open(browser, server.url)
    const { page } = visit
    page.on('dialog', () => assert.fail('a script of the error has run'))
    await page.goto('/api/a')
    await visit.heading(`Error: ${hostile}`)
    assert.equal(await page.locator('img').count(), 0)
    assert.match((await page.locator('.marked').textContent()) ?? '', /^> 2 \|/)

    const written = new Promise<void>((resolve) => {
      const watcher = watch(folder, () => {
        if (!existsSync(opened)) return
        watcher.close()
        resolve()
      })
    })
    await page.locator('button', { hasText: 'app/api/a/route.ts:2:9' }).click()
    await written
    assert.match(readFileSync(opened, 'utf8'), /^-g \/.*\/app\/api\/a\/route\.ts:2:9\n$/)

    write(directory, 'app/api/a/route.ts', "export const GET = () => new Response('mended')\n")
    await page.getByText('mended', { exact: true }).waitFor()
    // The route's own response, which is no page, has no icon.
    const failed = visit.faults().filter((fault) => !/500|favicon/.test(fault))
    assert.deepEqual(failed, [])
  } finally {
    await browser.close()
  }
})
