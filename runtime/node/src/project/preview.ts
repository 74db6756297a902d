import { join } from 'node:path'

import type { Generation } from './generation.ts'
import { readOrCreateKey } from './key_file.ts'

/** The project that a key belongs to. */
type Project = Pick<Generation, 'root'>

/** The cookie that turns draft mode on. */
export const bypassCookie = '__prerender_bypass'
/** The cookie that carries preview data. */
export const previewDataCookie = '__next_preview_data'

// Loaded at its first use: it would take a tenth of a worker's start.
const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto')

const keys = new Map<string, Buffer>()

/**
 * Returns the value of the bypass cookie in a browser that may see drafts. All workers of a project
 * use the same value, and no one else can guess it.
 * @throws Error if the project's key can be neither read nor created.
 */
export function previewModeId(generation: Project): string {
  return crypto()
    .createHash('sha256')
    .update(projectKey(generation))
    .update('bypass')
    .digest('hex')
    .slice(0, 32)
}

/** Returns a key for one purpose, derived from the project's: 64 hexadecimal digits. */
export function derivedKey(project: Project, purpose: string): string {
  return crypto().createHmac('sha256', projectKey(project)).update(purpose).digest('hex')
}

/**
 * Whether the bypass cookie that a browser sent is {@link previewModeId}. Compares in constant
 * time.
 */
export function isPreviewModeId(generation: Generation, sent: string | undefined): boolean {
  if (!sent) return false
  const given = Buffer.from(sent)
  const expected = Buffer.from(previewModeId(generation))
  return given.length === expected.length && crypto().timingSafeEqual(given, expected)
}

/** Encrypts preview data into the value of a cookie that no one else can read or forge. */
export function sealPreviewData(
  generation: Generation,
  data: unknown,
  maxAge: number | undefined,
): string {
  const expires = maxAge === undefined ? undefined : Date.now() + maxAge * 1000
  const nonce = crypto().randomBytes(12)
  const cipher = crypto().createCipheriv('aes-256-gcm', projectKey(generation), nonce)
  const sealed = Buffer.concat([cipher.update(JSON.stringify({ data, expires })), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** Decrypts the data of {@link sealPreviewData}; undefined if it is forged or expired. */
export function openPreviewData(generation: Generation, text: string): unknown {
  try {
    const bytes = Buffer.from(text, 'base64url')
    const decipher = crypto().createDecipheriv(
      'aes-256-gcm',
      projectKey(generation),
      bytes.subarray(0, 12),
      { authTagLength: 16 },
    )
    decipher.setAuthTag(bytes.subarray(12, 28))
    const opened = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()])
    const { data, expires } = JSON.parse(opened.toString())
    return expires !== undefined && expires < Date.now() ? undefined : data
  } catch {
    return undefined
  }
}

/** Returns the project's secret: a file created at its first use. */
function projectKey(generation: Project): Buffer {
  const path = join(generation.root, '.millrace', 'preview.key')
  let key = keys.get(path)
  if (key !== undefined) return key
  try {
    key = readOrCreateKey(path, () => crypto().randomBytes(32))
  } catch (error) {
    throw new Error(
      `${path}: cannot be read or written (${(error as Error).message}); draft mode stores its key there`,
    )
  }
  if (key.length !== 32)
    throw new Error(
      `${path}: expected 32 bytes, found ${key.length}; remove it, and a new one is created`,
    )
  keys.set(path, key)
  return key
}
