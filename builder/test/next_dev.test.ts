/**
 * Tests `next dev` behind a port of the builder's, with a controlled program in its place.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { NextDev, type NextDevOptions } from '../src/next_engine/next_dev.ts'
import { Project } from './support/project.ts'

/**
 * Replaces the program `next`: records its start, changes tsconfig.json, then serves once `listen`
 * exists.
 */
const program = `
import { createServer } from 'node:http'
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
appendFileSync('starts', process.env.MILLRACE_NEXT_DIST_DIR + '\\n')
if (existsSync('fail')) process.exit(3)
process.on('SIGTERM', () => process.exit(0))
const port = Number(process.argv[process.argv.indexOf('-p') + 1])
const waiting = setInterval(() => {
  if (!existsSync('listen')) return
  clearInterval(waiting)
  writeFileSync('tsconfig.json', 'changed')
  createServer((request, response) => {
    if (request.url === '/die') process.exit(5)
    request.pipe(response)
  }).on('error', () => {}).listen(port, '127.0.0.1')
}, 10)`

async function open(
  t: TestContext,
  limits: NextDevOptions['limits'] = {},
): Promise<{ dev: NextDev; root: string; starts(): number }> {
  const { root } = new Project(t, { 'next.mjs': program, 'tsconfig.json': '{}' })
  const next = { version: '16.4.6', folder: root, program: join(root, 'next.mjs') }
  const dev = await NextDev.open({ root, next, adapters: { ours: '/none', own: null }, limits })
  t.after(() => dev.close())
  const starts = (): number =>
    existsSync(join(root, 'starts'))
      ? readFileSync(join(root, 'starts'), 'utf8').trim().split('\n').length
      : 0
  return { dev, root, starts }
}

test('the first connection starts it once, and connections are forwarded', async (t) => {
  const { dev, root, starts } = await open(t)
  assert.equal(starts(), 0)
  const sent = ['one', 'two'].map((body) => fetch(dev.url, { method: 'POST', body }))
  writeFileSync(join(root, 'listen'), '')
  assert.deepEqual(await Promise.all(sent.map(async (response) => (await response).text())), [
    'one',
    'two',
  ])
  assert.equal(starts(), 1)
  assert.equal(readFileSync(join(root, 'starts'), 'utf8'), '.millrace/next-dev\n')
  assert.equal(readFileSync(join(root, 'tsconfig.json'), 'utf8'), '{}')
})

test('a failed start is reported in the response, and the next connection tries again', async (t) => {
  const { dev, root, starts } = await open(t)
  writeFileSync(join(root, 'fail'), '')
  for (const count of [1, 2]) {
    const response = await fetch(dev.url)
    assert.equal(response.status, 500)
    assert.equal(
      await response.text(),
      '`next dev` has not started: it ended with exit code 3; see its output in the log\n',
    )
    assert.equal(starts(), count)
  }
})

test('the wait for its start and the number of waiting connections are limited', async (t) => {
  const { dev } = await open(t, { wait: 2000, waiting: 1 })
  const responses = await Promise.all(
    [1, 2].map(async () => {
      const response = await fetch(dev.url)
      return [response.status, await response.text()]
    }),
  )
  assert.deepEqual(responses.sort(), [
    [500, '`next dev` did not respond within 2 seconds\n'],
    [503, 'too many requests wait for `next dev` to start\n'],
  ])
})

test('a slow start continues after the waiting connections have been closed', async (t) => {
  const { dev, root, starts } = await open(t, { wait: 1000 })
  assert.equal(await (await fetch(dev.url)).text(), '`next dev` did not respond within 1 seconds\n')
  writeFileSync(join(root, 'listen'), '')
  let response = await fetch(dev.url)
  // On a slow machine the second request may be too early too.
  while (response.status === 500) response = await fetch(dev.url)
  assert.equal(response.status, 200)
  assert.equal(starts(), 1)
})

test('a start that takes too long is aborted', async (t) => {
  const { dev } = await open(t, { start: 1000 })
  assert.equal(await (await fetch(dev.url)).text(), '`next dev` did not respond within 1 seconds\n')
})

test('its end is reported, and the next connection starts it again', async (t) => {
  const { dev, root, starts } = await open(t)
  writeFileSync(join(root, 'listen'), '')
  const lines: unknown[] = []
  const reported = new Promise<void>((done) =>
    t.mock.method(console, 'log', (line: unknown) => {
      lines.push(line)
      if (String(line).includes('has ended')) done()
    }),
  )
  await assert.rejects(fetch(`${dev.url}/die`))
  await reported
  assert.equal((await fetch(dev.url)).status, 200)
  assert.equal(starts(), 2)
  assert.deepEqual(lines, [
    'starting `next dev`',
    '`next dev` has ended with exit code 5; the next request for it starts it again',
    'starting `next dev`',
  ])
})

test('it exits when the port is closed', async (t) => {
  const { dev, root } = await open(t)
  writeFileSync(join(root, 'listen'), '')
  assert.equal((await fetch(dev.url)).status, 200)
  const { port } = new URL(dev.url)
  await dev.close()
  const socket = connect(Number(port), '127.0.0.1')
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'ECONNREFUSED')
})
