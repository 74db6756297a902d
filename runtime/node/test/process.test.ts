import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'

import { Kind } from '../../../protocol/generated/frames.ts'
import { freePort } from '../../../tests/e2e/support/free_port.ts'
import { encodeFrame, TestProject, TestServer } from './support.ts'

const hello = { source: `export default (req, res) => res.send('hello')` }

/** Writes a generation with an instrumentation file. @returns the command that loads it. */
function withInstrumentation(
  project: TestProject,
  source: string,
  generation = 1,
): { generation: number } & Record<string, unknown> {
  const manifest = project.writeGeneration([hello], 'production', generation)
  project.write(`.millrace/${generation}/instrumentation.mjs`, source)
  const entire = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>
  entire['instrumentation'] = { file: 'instrumentation.ts', module: 'instrumentation.mjs' }
  project.write(`.millrace/${generation}/manifest.json`, JSON.stringify(entire))
  return { generation, manifest, root: project.root, mode: 'production' }
}

async function registered(project: TestProject, source: string): Promise<TestServer> {
  const server = new TestServer()
  assert.deepEqual(await server.load(withInstrumentation(project, source)), { generation: 1 })
  return server
}

const says = (server: TestServer): string[] => server.logs.map(({ text }) => text)

test('listeners of SIGTERM run to their end when the worker must end', async () => {
  using project = new TestProject()
  await using server = await registered(
    project,
    `export function register() {
      process.on('SIGTERM', async (signal, number) => {
        console.log(signal, number)
        await new Promise((resolve) => setTimeout(resolve, 50))
        console.log('closed')
        process.exit(7)
      })
      process.on('exit', () => console.log('exit'))
    }`,
  )
  server.write(encodeFrame(Kind.drain, 0))
  assert.equal(await server.exit(), 7)
  assert.deepEqual(says(server), ['SIGTERM 15', 'closed', 'exit'])
})

test('the worker ends itself if the listeners do not', async () => {
  using project = new TestProject()
  await using server = await registered(
    project,
    `export function register() {
      setInterval(() => {}, 1000)
      process.once('SIGINT', async () => { await null; console.log('closed') })
      process.on('exit', () => console.log('exit'))
    }`,
  )
  server.write(encodeFrame(Kind.drain, 0))
  assert.equal(await server.exit(), 0)
  assert.deepEqual(says(server), ['closed', 'exit'])
})

test('a listener that throws does not keep the others from running', async () => {
  using project = new TestProject()
  await using server = await registered(
    project,
    `export function register() {
      process.on('SIGTERM', () => { throw new Error('first') })
      process.on('SIGTERM', () => console.log('second'))
      process.on('beforeExit', () => console.log('nothing left'))
    }`,
  )
  server.write(encodeFrame(Kind.drain, 0))
  assert.equal(await server.exit(), 0)
  const lines = says(server)
  assert.match(lines.find((line) => line.includes('first')) ?? '', /uncaughtException.*first/s)
  assert.deepEqual(
    lines.filter((line) => !line.includes('first')),
    ['second', 'nothing left'],
  )
})

/** Opens the port and responds with the process ID. */
const opens = (port: number, call: string): string => `
  import { createServer } from 'node:net'
  export async function register() {
    const server = createServer((socket) => socket.end(String(process.pid)))
    await new Promise((resolve, reject) => server.on('error', reject).listen(${call.replace('PORT', String(port))}, resolve))
  }`

async function processOn(port: number): Promise<number> {
  return Number(await text(connect(port, '127.0.0.1')))
}

for (const call of [
  'PORT',
  `PORT, '127.0.0.1'`,
  `String(PORT), 100`,
  `{ port: PORT, host: '127.0.0.1' }`,
]) {
  test(`a port that register() opens passes to the next worker: listen(${call})`, async () => {
    using project = new TestProject()
    const source = opens(await freePort(), call)
    const port = Number(/listen\(\D*(\d+)/.exec(source)![1])
    await using before = await registered(project, source)
    assert.equal(await processOn(port), before.process.pid)
    await using after = await registered(project, source)
    before.write(encodeFrame(Kind.drain, 0))
    assert.equal(await before.exit(), 0)
    assert.equal(await processOn(port), after.process.pid)
  })
}

test('a draining worker accepts no more connections', async () => {
  using project = new TestProject()
  const port = await freePort()
  await using before = await registered(project, opens(port, 'PORT'))
  await using after = await registered(project, opens(port, 'PORT'))
  const open = before.open({ streamed: true, method: 'POST' })
  await before.ping()
  before.write(encodeFrame(Kind.drain, 0))
  await before.ping()
  for (let i = 0; i < 20; ++i) assert.equal(await processOn(port), after.process.pid)
  open.abort()
})

test('an instrumentation file that has changed can open its port again', async () => {
  using project = new TestProject()
  const port = await freePort()
  await using server = await registered(project, opens(port, 'PORT'))
  const changed = `${opens(port, 'PORT')}\n// changed`
  assert.deepEqual(await server.load(withInstrumentation(project, changed, 2)), { generation: 2 })
  assert.equal(await processOn(port), server.process.pid)
})

test('a port that another program, or the same worker, uses is in use', async () => {
  using project = new TestProject()
  const other = createServer().listen({ port: 0, host: '127.0.0.1', reusePort: true })
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  await using server = new TestServer()
  const rejected = await server.load(withInstrumentation(project, opens(port, `PORT, '127.0.0.1'`)))
  assert.match(String(rejected['error']), /EADDRINUSE/)
  other.close()
  await once(other, 'close')
  const twice = opens(port, 'PORT').replace(
    'register() {',
    'register() { createServer().listen(' + port + ')',
  )
  await using second = new TestServer()
  assert.match(
    String((await second.load(withInstrumentation(project, twice, 3)))['error']),
    /EADDRINUSE/,
  )
})

test('a log line too long for a frame is cut and says so', async () => {
  using project = new TestProject()
  await using server = await registered(
    project,
    `export function register() { console.log('x'.repeat(262_144 + 5)) }`,
  )
  const line = await server.logged('cut')
  assert.equal(line.text, `${'x'.repeat(262_144)}… [5 more characters were cut]`)
})

test('x-forwarded-port is the port that the server listens on, regardless of Host', async () => {
  using project = new TestProject()
  const source = `export default (req, res) => res.send(req.headers['x-forwarded-port'])`
  await using server = new TestServer([], { PORT: '4321' })
  const manifest = project.writeGeneration([{ source }], 'production')
  await server.load({
    generation: 1,
    manifest,
    root: project.root,
    mode: 'production',
    env: { PORT: '1' },
  })
  assert.equal((await server.request({ headers: [['host', 'example.org']] })).text, '4321')
  assert.equal((await server.request({ headers: [['x-forwarded-port', '443']] })).text, '443')
})
