import assert from 'node:assert/strict'
import { test } from 'node:test'

import { generateEtag } from '../src/pages/etag.ts'
import { formatSize, parseSize } from '../src/pages/size.ts'

/**
 * Computes the hash by its definition, with big integers: 52 bits of FNV-1a with the low part of
 * the 64-bit prime.
 */
function slowEtag(text: string): string {
  const mask = (1n << 64n) - 1n
  let hash = 0xcbf29ce484222325n
  for (let i = 0; i < text.length; ++i)
    hash = ((hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n) & mask
  const folded = (hash & ((1n << 52n) - 1n)) ^ (hash >> 52n)
  return `"${folded.toString(36)}${text.length.toString(36)}"`
}

test('ETags equal those of Next.js', () => {
  assert.equal(generateEtag('42'), '"145yod55ra52"')
  assert.equal(generateEtag('true'), '"ywwejgvrps4"')
  assert.equal(generateEtag(''), '"78p3gz236i0"')
  for (let i = 0; i < 3000; ++i) {
    const text = `${'\u00e4\u20ac{"a":'.repeat(i % 5)}${i * 7919}\u{1f600}`
    assert.equal(generateEtag(text), slowEtag(text))
  }
})

test('sizes are parsed and formatted as in Next.js', () => {
  assert.equal(parseSize('1mb'), 1048576)
  assert.equal(parseSize('1.5 KB'), 1536)
  assert.equal(parseSize('4096'), 4096)
  assert.equal(parseSize(10), 10)
  assert.equal(parseSize('plenty'), null)
  assert.equal(formatSize(4 * 1024 * 1024), '4MB')
  assert.equal(formatSize(1536), '1.5KB')
  assert.equal(formatSize(100), '100B')
})
