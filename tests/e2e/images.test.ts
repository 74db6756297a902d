/**
 * Tests `/_next/image`: the responses are those that `next start` gives to the same requests
 * (images/recorded.json), bad requests never start a worker, and concurrent requests for one image
 * share one optimisation.
 */

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  files,
  type ImageResponse,
  type Pictures,
  requests,
  send,
  startPictures,
} from './images/site.ts'
import { build, project, run, startServer, type Server } from './support/index.ts'

const recorded = JSON.parse(
  readFileSync(new URL('images/recorded.json', import.meta.url), 'utf8'),
) as ImageResponse[]

describe('images', { timeout: 600_000 }, () => {
  let directory: string
  let server: Server
  let pictures: Pictures
  const ask = (target: string, headers: Record<string, string> = {}): Promise<ImageResponse> =>
    send(server.url, { target, headers }, pictures.port)
  /** The number of workers of the pool for images. */
  const workers = async (): Promise<number | undefined> => {
    const { stdout } = await run(['ps', directory, '--json'])
    const [{ pools }] = JSON.parse(stdout) as [
      { pools: { name: string; workers: readonly unknown[] }[] },
    ]
    return pools.find(({ name }) => name === 'images')?.workers.length
  }

  before(async () => {
    directory = project({ files, forNext: true })
    await build(directory, { env: { NEXT_TELEMETRY_DISABLED: '1' } })
    pictures = await startPictures()
    server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
  })
  after(async () => {
    pictures?.close()
    await server?.stop()
  })

  test('bad requests never reach a worker', async () => {
    const remote = encodeURIComponent('http://192.0.2.1/pictures/photo.jpg')
    for (const [query, message] of [
      ['', '"url" parameter is required'],
      [`url=${remote}&w=64&q=75`, '"url" parameter is not allowed'],
      ['url=/photo.png&w=65&q=75', '"w" parameter (width) of 65 is not allowed'],
    ]) {
      const { status, body } = await ask(`/_next/image?${query}`)
      assert.deepEqual({ status, body }, { status: 400, body: message })
    }
    assert.equal(await workers(), 0)
  })

  for (const [place, request] of requests.entries()) {
    const { method = 'GET', target, headers = {} } = request
    const name = `${place}: ${method} ${decodeURIComponent(target)}`
    test(`${name} ${headers['accept'] ?? ''}`, async () => {
      assert.deepEqual(await send(server.url, request, pictures.port), recorded[place])
    })
  }

  test('an unchanged image is not sent again', async () => {
    const target = '/_next/image?url=%2Fphoto.png&w=64&q=75'
    const { headers } = await ask(target)
    const again = await ask(target, { 'if-none-match': String(headers['etag']) })
    assert.equal(again.status, 304)
    assert.equal(again.body, '')
    for (const name of ['etag', 'vary', 'cache-control'])
      assert.equal(again.headers[name], headers[name])
  })

  test('concurrent requests for an image share one optimisation', async () => {
    const path = '/pictures/held/photo.jpg'
    const target = `/_next/image?url=${encodeURIComponent(`http://127.0.0.1:${pictures.port}${path}`)}&w=64&q=75`
    const arrived = pictures.held(path)
    const first = ask(target)
    await arrived
    const others = Array.from({ length: 7 }, () => ask(target))
    // Responses of other routes do not wait for images.
    assert.equal((await ask('/api/picture')).status, 200)
    pictures.release()
    const bodies = (await Promise.all([first, ...others])).map(({ body }) => body)
    assert.equal(new Set(bodies).size, 1)
    assert.equal(pictures.asked.get(path), 1)
  })

  test('images run in a pool of their own and are stored with the build', async () => {
    assert.equal(await workers(), 1)
    const cache = join(directory, '.millrace/current/next/cache/images')
    assert.ok(existsSync(cache))
    const [entry] = readdirSync(cache)
    assert.match(readdirSync(join(cache, entry!))[0]!, /\.(?:png|webp|jpeg|jpg)$/)
  })
})
