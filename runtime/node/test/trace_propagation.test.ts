/** `fetch` in route handlers sends the request's trace to the servers that are named only. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'

import { TestProject, TestServer } from './support.ts'

const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

/** Responds with the trace that it was sent. */
async function listen(): Promise<Server> {
  const server = createServer((request, response) => {
    response.end(String(request.headers['traceparent'] ?? 'none'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const named = await listen()
const other = await listen()
const project = new TestProject()
const server = new TestServer([], {
  MILLRACE_TRACE_PROPAGATE: `${urlOf(named)} https://elsewhere.example`,
})

before(async () => {
  const ready = await server.load({
    generation: 1,
    manifest: project.writeGeneration(
      [
        {
          kind: 'app',
          path: '/api/asks',
          source: `export const GET = async (request) => {
            const { url, own } = Object.fromEntries(new URL(request.url).searchParams)
            const init = own === undefined ? undefined : { headers: { traceparent: own } }
            const asked = own === 'request' ? new Request(url) : url
            return new Response(await (await fetch(asked, own === 'request' ? undefined : init)).text())
          }`,
        },
      ],
      'production',
    ),
    root: project.root,
    mode: 'production',
  })
  assert.equal(ready['error'], undefined)
})
after(async () => {
  await server[Symbol.asyncDispose]()
  project[Symbol.dispose]()
  named.close()
  other.close()
})

/** Returns the trace that a server gets from the handler. */
async function traceAt(target: Server, own?: string, headers: [string, string][] = []) {
  const query = new URLSearchParams({ url: urlOf(target), ...(own === undefined ? {} : { own }) })
  const response = await server.request({
    route: 0,
    url: `/api/asks?${query}`,
    headers: [['Host', 'a'], ...headers],
  })
  return response.text
}
const incoming: [string, string][] = [['Traceparent', trace]]

test('a named server gets the trace of the request', async () => {
  assert.equal(await traceAt(named, undefined, incoming), trace)
  assert.equal(await traceAt(named, 'request', incoming), trace)
})

test('other servers get no trace', async () => {
  assert.equal(await traceAt(other, undefined, incoming), 'none')
})

test('without a trace of the request none is sent', async () => {
  assert.equal(await traceAt(named), 'none')
})

test("a call's own trace stays", async () => {
  assert.equal(await traceAt(named, 'own', incoming), 'own')
})
