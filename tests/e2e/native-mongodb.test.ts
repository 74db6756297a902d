/**
 * Tests that examples/native-mongodb compiles, rejects invalid input before it uses the database,
 * and responds with 503 without a database. Its use of a database is not tested: no package that
 * the tests can install contains MongoDB's server.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { build, copyOf, type Server, startServer } from './support/index.ts'

let server: Server
/** Accepts connections and closes them, as a database that is restarting. */
const closing = createServer((socket) => socket.destroy())

before(async () => {
  closing.listen(0, '127.0.0.1')
  await once(closing, 'listening')
  const directory = copyOf('examples/native-mongodb')
  const { port } = closing.address() as AddressInfo
  writeFileSync(
    join(directory, '.env.local'),
    `MONGODB_URL=mongodb://127.0.0.1:${port}/notes?serverSelectionTimeoutMS=100\n`,
  )
  await build(directory)
  server = await startServer({ command: 'start', directory })
})
after(async () => {
  closing.close()
  await server?.stop()
})

test('invalid input is reported without a database', async () => {
  const invalid = await fetch(`${server.url}/api/notes`, { method: 'POST', body: '{"title":"  "}' })
  assert.equal(invalid.status, 400)
  assert.deepEqual(Object.keys(((await invalid.json()) as { fieldErrors: object }).fieldErrors), [
    'title',
  ])
  assert.equal((await fetch(`${server.url}/api/notes?limit=0`)).status, 400)
  assert.equal((await fetch(`${server.url}/api/notes/nonsense`)).status, 404)
})

test('without a reachable database the response is 503, and the log says why', async () => {
  for (const path of ['/api/notes', '/api/notes?tag=home', '/api/notes/0123456789abcdef01234567']) {
    const response = await fetch(server.url + path)
    assert.equal(response.status, 503, path)
    assert.equal(response.headers.get('retry-after'), '5')
  }
  const added = await fetch(`${server.url}/api/notes`, {
    method: 'POST',
    body: '{"title":"Milk","tags":["home"]}',
  })
  assert.equal(added.status, 503)
  await server.printed(/No suitable servers/i)
})
