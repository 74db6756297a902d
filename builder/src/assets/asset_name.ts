/**
 * Names of emitted files as Turbopack makes them: the file's own name with a hash of its content,
 * so that a URL means the same bytes under both servers.
 */
import { extname } from 'node:path'
import { xxhash128 } from 'hash-wasm'

const digits = '0123456789abcdefghijklmnopqrstuvwxyz_-'
/** Of the 25 that hold 128 bits. */
const kept = 13

/** "lib/logo.svg" → "logo.086n6-bwppki2.svg". */
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
