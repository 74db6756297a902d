/**
 * Returns the ETag that Next.js gives to a response: a 52-bit FNV-1a hash of its UTF-16 units, and
 * their number, both in base 36.
 */
export function generateEtag(text: string): string {
  const length = text.length
  // Four digits of 16 bits, lowest first, so that products stay exact.
  let a = 0x2325
  let b = 0x8422
  let c = 0x9ce4
  let d = 0xcbf2
  for (let i = 0; i < length; ++i) {
    a ^= text.charCodeAt(i)
    // The prime is 2^40 + 435: a multiplication by 435 and a shift by 2.5 digits.
    const a1 = a * 435
    const b1 = b * 435 + (a1 >>> 16)
    const c1 = c * 435 + (a << 8) + (b1 >>> 16)
    const d1 = d * 435 + (b << 8) + (c1 >>> 16)
    a = a1 & 0xffff
    b = b1 & 0xffff
    c = c1 & 0xffff
    d = d1 & 0xffff
  }
  const hash = (d & 15) * 281474976710656 + c * 4294967296 + b * 65536 + (a ^ (d >> 4))
  return `"${base36(hash)}${length.toString(36)}"`
}

const digits = Uint8Array.from('0123456789abcdefghijklmnopqrstuvwxyz', (digit) =>
  digit.charCodeAt(0),
)

/**
 * Equals toString(36) for a number below 2^52, and takes an eighth of its time: every response
 * needs it.
 */
function base36(value: number): string {
  let high = Math.floor(value / 2176782336)
  let low = value - high * 2176782336
  const l6 = digits[low % 36]!
  low = (low / 36) | 0
  const l5 = digits[low % 36]!
  low = (low / 36) | 0
  const l4 = digits[low % 36]!
  low = (low / 36) | 0
  const l3 = digits[low % 36]!
  low = (low / 36) | 0
  const l2 = digits[low % 36]!
  const l1 = digits[(low / 36) | 0]!
  const h5 = digits[high % 36]!
  high = (high / 36) | 0
  const h4 = digits[high % 36]!
  high = (high / 36) | 0
  const h3 = digits[high % 36]!
  high = (high / 36) | 0
  const h2 = digits[high % 36]!
  const h1 = digits[(high / 36) | 0]!
  if (h1 !== 0x30) return String.fromCharCode(h1, h2, h3, h4, h5, l1, l2, l3, l4, l5, l6)
  if (h2 !== 0x30) return String.fromCharCode(h2, h3, h4, h5, l1, l2, l3, l4, l5, l6)
  return value.toString(36)
}

const noCache = /(?:^|,)\s*?no-cache\s*?(?:,|$)/

/** Whether the client's cached response with this ETag is fresh, so that the status is 304. */
export function isFresh(headers: Readonly<Record<string, unknown>>, etag: string): boolean {
  const noneMatch = headers['if-none-match'] as string | undefined
  const modifiedSince = headers['if-modified-since']
  // A response without Last-Modified cannot be compared with a date.
  if (!noneMatch || modifiedSince) return false
  const cacheControl = headers['cache-control'] as string | undefined
  if (cacheControl && noCache.test(cacheControl)) return false
  if (noneMatch === '*') return true
  return noneMatch.split(',').some((item) => {
    const tag = item.trim()
    return tag === etag || tag === `W/${etag}` || `W/${tag}` === etag
  })
}
