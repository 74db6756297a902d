/**
 * Tests examples/native with its databases: SQLite, and a PostgreSQL server of the test's own.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  build,
  copyOf,
  type Postgres,
  type Server,
  startPostgres,
  startServer,
} from './support/index.ts'

let postgres: Postgres
before(() => {
  postgres = startPostgres()
})
after(() => postgres?.stop())

for (const database of ['SQLite', 'PostgreSQL']) {
  describe(`products in ${database}`, () => {
    let server: Server
    before(async () => {
      const directory = copyOf('examples/native')
      const url = database === 'SQLite' ? 'products.sqlite' : postgres.url
      writeFileSync(
        join(directory, '.env.local'),
        `DATABASE_URL=${url}\nAUTH_SECRET=for-this-test-alone\nADMIN_PASSWORD=let-me-in\n`,
      )
      // The products are only in the database, so two workers can serve them; both start at once.
      const settings = join(directory, 'millrace.toml')
      writeFileSync(
        settings,
        readFileSync(settings, 'utf8').replace('max = 1 ', 'min = 2\nmax = 2 '),
      )
      await build(directory)
      server = await startServer({ command: 'start', directory })
    })
    after(() => server?.stop())

    const list = async (query = ''): Promise<unknown[]> =>
      (await (await fetch(`${server.url}/api/products${query}`)).json()) as unknown[]
    const add = async (product: object): Promise<number> =>
      (await fetch(`${server.url}/api/products`, { method: 'POST', body: JSON.stringify(product) }))
        .status

    test('input is always treated as a value, whatever it contains', async () => {
      const odd = {
        sku: 'quote-1',
        name: "Robert'); drop table products;--",
        cents: 8_589_934_592,
        tags: ["o'ne", 'two'],
      }
      assert.equal(await add(odd), 201)
      assert.equal(await add({ sku: 'plain', name: 'Plain', cents: 5, tags: [] }), 201)
      assert.deepEqual(await list(), [{ sku: 'plain', name: 'Plain', cents: 5, tags: [] }, odd])
      assert.deepEqual(await list(`?tag=${encodeURIComponent("o'ne")}`), [odd])
      assert.deepEqual(await list(`?tag=${encodeURIComponent("' or 1 = 1 --")}`), [])
      assert.deepEqual(await list('?limit=1'), [
        { sku: 'plain', name: 'Plain', cents: 5, tags: [] },
      ])
    })

    test('of many clients that add the same product one succeeds, with all its tags', async () => {
      const product = { sku: 'wanted', name: 'Wanted', cents: 1, tags: ['a', 'b', 'c'] }
      const statuses = await Promise.all(Array.from({ length: 24 }, () => add(product)))
      assert.deepEqual(statuses.sort(), [201, ...Array<number>(23).fill(409)])
      assert.deepEqual(await list('?tag=b'), [product])
    })

    test('of many concurrent writes none is lost', async () => {
      const statuses = await Promise.all(
        Array.from({ length: 40 }, (_, n) =>
          add({ sku: `many-${n}`, name: 'Many', cents: n, tags: ['many'] }),
        ),
      )
      assert.deepEqual(new Set(statuses), new Set([201]))
      assert.equal((await list('?tag=many&limit=100')).length, 40)
    })

    if (database === 'PostgreSQL') {
      test('connections that the database has closed are reopened', async () => {
        const before = await list('?tag=many&limit=100')
        const ended = postgres.query(
          "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'test' and pid <> pg_backend_pid() and backend_type = 'client backend'",
        )
        assert.ok(Number(ended) >= 4, ended)
        const bodies = await Promise.all(
          Array.from({ length: 12 }, () => list('?tag=many&limit=100')),
        )
        for (const body of bodies) assert.deepEqual(body, before)
      })
    }
  })
}
