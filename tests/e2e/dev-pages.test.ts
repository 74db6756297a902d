/**
 * Tests `millrace dev` in a project with pages: `next dev` serves them behind Millrace's port, and
 * hot reload works through it.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { test } from 'node:test'
import { project, startServer, write } from './support/index.ts'

const page = (text: string) => `export default function Page() { return <h1>${text}</h1> }`

const files = {
  'package.json': '{ "name": "pages", "private": true, "dependencies": { "next": "*" } }',
  'app/layout.jsx':
    'export default ({ children }) => <html lang="en"><body>{children}</body></html>',
  'app/page.jsx': page('the first text'),
  'app/api/hello/route.js': 'export const GET = () => Response.json({ runtime: process.title })',
  'public/file.txt': 'a file',
}

const env = { NEXT_TELEMETRY_DISABLED: '1' }

test('next dev serves the pages, with hot reload, and is started again', {
  timeout: 600_000,
}, async () => {
  const directory = project({ files, forNext: true })
  await using server = await startServer({ command: 'dev', directory, env })
  const text = async (path: string) => (await fetch(server.url + path)).text()
  assert.match(server.output(), /Pages: 1, served by `next dev`, which the first request/)
  assert.match(server.output(), /^.* {6}\/ \(app\/page\.jsx\)$/m)
  assert.match(await text('/api/hello'), /"runtime":/)
  assert.equal(await text('/file.txt'), 'a file')
  assert.ok(!server.output().includes('starting `next dev`'), 'not started before it is needed')

  const first = await fetch(`${server.url}/`)
  assert.equal(first.status, 200)
  const html = await first.text()
  assert.match(html, /<h1>the first text<\/h1>/)
  const [, chunk] = /<script src="(\/_next\/static\/[^"]+)"/.exec(html) ?? []
  assert.equal((await fetch(server.url + chunk)).status, 200)
  assert.equal((await fetch(`${server.url}/missing`)).status, 404)
  const [pid] = nextDevOf(directory)
  assert.ok(pid !== undefined)

  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/_next/hmr`)
  const messages: string[] = []
  let heard = () => {}
  await new Promise<void>((done, failed) => {
    socket.addEventListener('error', () => failed(new Error('the WebSocket failed')))
    socket.addEventListener('message', ({ data }) => {
      messages.push(String(data))
      done()
      heard()
    })
  })
  const changed = new Promise<void>((done) => {
    heard = () => {
      if (messages.some((message) => message.includes('"serverComponentChanges"'))) done()
    }
  })
  write(directory, 'app/page.jsx', page('the second text'))
  await changed
  assert.match(await text('/'), /<h1>the second text<\/h1>/)
  socket.close()

  process.kill(pid, 'SIGKILL')
  await server.printed(/`next dev` has ended with SIGKILL; the next request for it starts it again/)
  assert.match(await text('/'), /<h1>the second text<\/h1>/)
  assert.match(await text('/api/hello'), /"runtime":/)
})

/** Returns the processes that are the `next dev` of a project: the parents of its servers. */
function nextDevOf(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/cwd`))
    .filter((name) => {
      try {
        return (
          readlinkSync(`/proc/${name}/cwd`) === directory &&
          /\0dev\0/.test(readFileSync(`/proc/${name}/cmdline`, 'latin1'))
        )
      } catch {
        return false
      }
    })
    .map(Number)
}
