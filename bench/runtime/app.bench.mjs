/**
 * Measures what the light web classes cost compared with node's own, in µs per operation.
 *
 *     node bench/runtime/app.bench.mjs
 */
import { AsyncLocalStorage } from 'node:async_hooks'

const platform = { Response: globalThis.Response, Headers: globalThis.Headers }
const { Response } = await import('../../runtime/node/src/web/response.ts')
const { Headers } = await import('../../runtime/node/src/web/headers.ts')
const { takeResponse } = await import('../../runtime/node/src/web/response.ts')
const { NextResponse } = await import('../../runtime/node/src/web/next_response.ts')

const rounds = 7
const turns = 100_000

/** Returns the best of some rounds: disturbances only make a round longer. */
async function measure(name, operation) {
  let best = Infinity
  for (let round = 0; round < rounds; ++round) {
    const start = process.hrtime.bigint()
    for (let i = 0; i < turns; ++i) {
      const result = operation()
      if (result instanceof Promise) await result
    }
    best = Math.min(best, Number(process.hrtime.bigint() - start) / turns / 1000)
  }
  console.log(`${name.padEnd(44)} ${best.toFixed(3)}`)
}

const data = { hello: 'world' }
const storage = new AsyncLocalStorage()
const nothing = () => undefined

await measure('JSON.stringify', () => JSON.stringify(data))
for (const [kind, classes] of Object.entries({ node: platform, light: { Response, Headers } })) {
  await measure(`${kind}: Response.json`, () => classes.Response.json(data))
  await measure(`${kind}: new Response(text)`, () => new classes.Response('x'))
  await measure(
    `${kind}: new Response(text, { headers })`,
    () => new classes.Response('x', { headers: { 'x-a': 'b' } }),
  )
  await measure(`${kind}: new Headers({ a })`, () => new classes.Headers({ a: 'b' }))
  await measure(`${kind}: text() of a string`, () => new classes.Response('x').text())
}
await measure('light: NextResponse.json', () => NextResponse.json(data))
await measure('light: NextResponse with a cookie', () =>
  NextResponse.json(data).cookies.set('a', 'b'),
)
await measure('light: Response.json prepared for sending', () => takeResponse(Response.json(data)))
await measure('AsyncLocalStorage.run', () => storage.run(data, nothing))
