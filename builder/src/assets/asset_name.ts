/**
 * Names emitted files as Turbopack does: the file's own name with a hash of its content, so that a
 * URL refers to the same bytes under Millrace and under Next.js.
 */
import { extname } from 'node:path'
import { xxhash128 } from 'hash-wasm'

const digits = '0123456789abcdefghijklmnopqrstuvwxyz_-'
/** Characters that are kept; the full hash has 25, which hold 128 bits. */
const kept = 13

/** Returns the emitted name, for example "lib/logo.svg" → "logo.086n6-bwppki2.svg". */
export async function assetName(path: string, content: Uint8Array): Promise<string> {
  const extension = extname(path)
  const stem = path.slice(path.lastIndexOf('/') + 1, path.length - extension.length)
  return `${stem}.${await contentHash(content)}${extension}`
}

async function contentHash(content: Uint8Array): Promise<string> {
  let rest = BigInt(`0x${await xxhash128(content)}`)
  let text = ''
  for (let count = 0; count < 25; count++) {
    text = digits[Number(rest % 38n)]! + text
    rest /= 38n
  }
  return text.slice(0, kept)
}
