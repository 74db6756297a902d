/**
 * Images from JSX equal Next.js's byte by byte. The working directory is the repository, which has
 * `next`.
 */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { createElement } from 'react'
import { ImageResponse } from '../src/next/og.ts'

const require = createRequire(import.meta.url)

test('an image has the bytes and fields of Next.js', async (t) => {
  const before = process.cwd()
  process.chdir(new URL('../../..', import.meta.url).pathname)
  t.after(() => process.chdir(before))
  const { ImageResponse: NextImageResponse } = require('next/og') as {
    ImageResponse: typeof ImageResponse
  }
  const element = createElement(
    'div',
    { style: { display: 'flex', fontSize: 20, color: 'blue' } },
    'hello',
  )
  const options = { width: 60, height: 30, headers: { 'x-a': 'b' } }
  const [ours, theirs] = [
    new ImageResponse(element, options),
    new NextImageResponse(element, options),
  ]
  assert.deepEqual([...ours.headers], [...theirs.headers])
  const [bytes, wanted] = [await ours.bytes(), await theirs.bytes()]
  assert.equal(Buffer.from(bytes.subarray(1, 4)).toString(), 'PNG')
  assert.deepEqual(bytes, wanted)
})
