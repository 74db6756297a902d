/**
 * Tests which descriptors a worker inherits from the server: its link and its output, never a
 * client's connection.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { build, project, RawClient, type Server, startServer } from './support/index.ts'

const files = {
  'package.json': '{ "name": "descriptors", "private": true }',
  'millrace.toml': '[pools.default]\nmax = 1\n',
  'app/api/node/route.js': `export const dynamic = 'force-dynamic'
export const GET = () => Response.json(process.pid)
export const POST = () => process.exit(3)`,
  'app/api/native/route.cpp': `#include <millrace/route.hpp>
#include <cstdlib>
#include <unistd.h>
using namespace millrace;
Response GET(const Request&) { return Response::json(::getpid()); }
Response POST(const Request&) { std::_Exit(3); }
`,
} as const

/** The inodes of all TCP sockets, as /proc lists them. */
function tcpSockets(): Set<string> {
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readFileSync(file, 'utf8').trim().split('\n').slice(1),
  )
  return new Set(lines.map((line) => `socket:[${line.trim().split(/\s+/)[9]}]`))
}

/** The open descriptors of a process, by number. */
function openIn(pid: number): Map<number, string> {
  const folder = `/proc/${pid}/fd`
  return new Map(
    readdirSync(folder).flatMap((name) => {
      try {
        return [[Number(name), readlinkSync(`${folder}/${name}`)]]
      } catch {
        return [] // closed since
      }
    }),
  )
}

describe('a worker that starts while clients are connected', () => {
  let server: Server
  before(async () => {
    const directory = project({ files })
    await build(directory)
    server = await startServer({ command: 'start', directory })
  })
  after(() => server.stop())

  for (const language of ['node', 'native'])
    test(`has none of their connections: ${language}`, async () => {
      const path = `/api/${language}`
      using client = await RawClient.connect(server.port)
      const send = async (method: string): Promise<{ status: number; body: string }> => {
        await client.send(`${method} ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
        const response = await client.response()
        return { status: response.status, body: response.body }
      }
      const first = Number((await send('GET')).body)
      // The worker ends, and the next one starts while this connection is open.
      assert.equal((await fetch(server.url + path, { method: 'POST' })).status, 502)
      const result = await send('GET')
      assert.equal(result.status, 200)
      const second = Number(result.body)
      assert.notEqual(second, first)
      const sockets = tcpSockets()
      assert.ok(
        [...openIn(server.pid).values()].some((what) => sockets.has(what)),
        'the server has some',
      )
      assert.deepEqual(
        [...openIn(second)].filter(([, what]) => sockets.has(what)),
        [],
      )
    })
})
