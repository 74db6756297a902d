import assert from 'node:assert/strict'
import { test } from 'node:test'

import { encodeInvoke, TestProject, TestServer } from './support.ts'

const quick = { source: `export default (req, res) => res.end('quick')` }
/** Uses as much CPU time of its thread as the query says, in ms. */
const burn = `const burn = (req) => {
  const end = process.threadCpuUsage().user / 1000 + Number(req.query.ms)
  while (process.threadCpuUsage().user / 1000 < end);
}`

/** Returns the microseconds attributed to a route in a sample. */
function booked(routes: readonly (readonly number[])[], route: number): number {
  return routes.find((row) => row[1] === route)?.[3] ?? 0
}

test('a sample counts invocations by generation and route, once', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [quick, quick, quick])
  const manifest = project.writeGeneration([quick], 'production', 2)
  await server.load({ generation: 2, manifest, root: project.root, mode: 'production' })
  for (const route of [0, 2, 2]) await server.request({ route })
  await server.request({ route: 0, generation: 2 })
  const { routes } = await server.sample()
  assert.deepEqual(
    routes.map((row) => row.slice(0, 3)),
    [
      [1, 0, 1],
      [1, 2, 2],
      [2, 0, 1],
    ],
  )
  assert.ok(routes.every((row) => Number.isInteger(row[3]) && row[3] > 0))
  assert.deepEqual((await server.sample()).routes, [])
})

test('a sample counts the open invocations', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    { source: `export default (req, res) => { res.write('open') }` },
  ])
  for (const _ of [1, 2]) {
    const exchange = server.open({})
    await exchange.until(() => exchange.received > 0)
  }
  assert.equal((await server.sample()).pending, 2)
})

for (const [name, source] of Object.entries({
  'in its synchronous part': `(req, res) => { burn(req); res.end() }`,
  'after a promise that is fulfilled already': `async (req, res) => { await null; burn(req); res.end() }`,
})) {
  test(`CPU that a route uses ${name} is attributed to it, not to other routes of the turn`, async () => {
    using project = new TestProject()
    await using server = await TestServer.start(project, [
      { source: `${burn}; export default ${source}` },
      quick,
      quick,
    ])
    for (const route of [0, 1, 2]) await server.request({ route, url: '/?ms=0' })
    await server.sample()
    // One write, so that the worker reads them in one turn.
    const exchanges = [1, 0, 2].map((route, i) => encodeInvoke(4 + i, { route, url: '/?ms=300' }))
    server.write(Buffer.concat(exchanges))
    await server.until(() => server.frames.filter((frame) => frame.stream >= 4).length === 3)
    const { routes } = await server.sample()
    assert.ok(booked(routes, 0) > 250_000, JSON.stringify(routes))
    assert.ok(booked(routes, 1) + booked(routes, 2) < booked(routes, 0) / 2, JSON.stringify(routes))
  })
}

test('time that a route waits without CPU is not attributed', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export default (req, res) => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800); res.end() }`,
    },
  ])
  await server.request()
  const first = await server.sample()
  assert.ok(first.loop_lag_ms >= 800)
  await server.request()
  const { routes, loop_lag_ms } = await server.sample()
  assert.ok(loop_lag_ms >= 800)
  assert.ok(booked(routes, 0) < 400_000, JSON.stringify(routes))
})
