/**
 * The oracle: one fixture under `next start` and under Millrace, answers compared as a client sees them.
 * `compare.ts` lists what is not compared, and why; docs/differences.md explains each difference on purpose.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { build, repository, type Server, startServer } from '../e2e/support/index.ts'
import { differences } from './compare.ts'
import { Client } from './exchange.ts'
import { requests } from './requests.ts'
import { copyFixture, type NextServer, startNext } from './servers.ts'

const documented = readFileSync(join(repository, 'docs/differences.md'), 'utf8')

describe('the same fixture under next start and millrace start', () => {
  let next: NextServer
  let millrace: Server
  let clients: { next: Client; millrace: Client }

  before(async () => {
    const directory = copyFixture()
    next = await startNext(directory)
    await build(directory)
    millrace = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
    clients = { next: new Client(next.port), millrace: new Client(millrace.port) }
  })

  after(async () => {
    clients?.next.close()
    clients?.millrace.close()
    await Promise.all([next?.stop(), millrace?.stop()])
  })

  for (const request of requests) {
    test(request.name, async () => {
      const [wanted, got] = await Promise.all([clients.next.send(request), clients.millrace.send(request)])
      const found = differences(request, wanted, got)
      assert.equal(found.length, 0, `${request.method} ${request.target}\n  ${found.join('\n  ')}`)
    })
  }
})

test('every difference on purpose is documented', () => {
  for (const { name, difference } of requests) {
    if (difference) assert.match(documented, new RegExp(`^### \`${difference.id}\``, 'm'), `${name}: no entry ${difference.id} in docs/differences.md`)
  }
})

test('requests have different names', () => {
  assert.equal(new Set(requests.map(({ name }) => name)).size, requests.length)
})
