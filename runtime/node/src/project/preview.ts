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

/** The keys of a project by Next.js's names; the engine `next` reads cookies with the same ones. */
export interface PreviewKeys {
  readonly previewModeId: string
  readonly previewModeSigningKey: string
  readonly previewModeEncryptionKey: string
}

/** Returns the project's keys. @throws Error as {@link previewModeId}. */
export function previewKeys(project: Project): PreviewKeys {
  return {
    previewModeId: previewModeId(project),
    previewModeSigningKey: derivedKey(project, 'next preview signing'),
    previewModeEncryptionKey: derivedKey(project, 'next preview encryption'),
  }
}

/** Returns a key for one purpose, derived from the project's: 64 hexadecimal digits. */
function derivedKey(project: Project, purpose: string): string {
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

/**
 * Encrypts preview data into the value of a cookie that no one else can read or forge: a JSON Web
 * Token whose `data` is encrypted, as Next.js makes it.
 * @param maxAge the seconds for which it is valid; undefined: without a limit.
 */
export function sealPreviewData(
  generation: Generation,
  data: unknown,
  maxAge: number | undefined,
): string {
  const { previewModeSigningKey, previewModeEncryptionKey } = previewKeys(generation)
  const iat = Math.floor(Date.now() / 1000)
  const claims = {
    data: encrypt(previewModeEncryptionKey, JSON.stringify(data)),
    iat,
    ...(maxAge === undefined ? {} : { exp: iat + maxAge }),
  }
  const signed = `${tokenHeader}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  return `${signed}.${signatureOf(signed, previewModeSigningKey)}`
}

/** Decrypts the data of {@link sealPreviewData}; undefined if it is forged or expired. */
export function openPreviewData(generation: Generation, text: string): unknown {
  const { previewModeSigningKey, previewModeEncryptionKey } = previewKeys(generation)
  const end = text.lastIndexOf('.')
  const [header, claims = ''] = text.split('.')
  const given = Buffer.from(text.slice(end + 1))
  const expected = Buffer.from(signatureOf(text.slice(0, end), previewModeSigningKey))
  if (given.length !== expected.length || !crypto().timingSafeEqual(given, expected))
    return undefined
  try {
    const { alg } = parse(header ?? '') as { alg?: unknown }
    const { data, exp } = parse(claims) as { data?: unknown; exp?: unknown }
    if (alg !== 'HS256' || (exp !== undefined && !(Number(exp) * 1000 > Date.now())))
      return undefined
    return JSON.parse(decrypt(previewModeEncryptionKey, String(data)))
  } catch {
    return undefined
  }
}

const tokenHeader = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url')

function parse(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}

function signatureOf(signed: string, key: string): string {
  return crypto().createHmac('sha256', key).update(signed).digest('base64url')
}

const saltLength = 64
const nonceLength = 16
const tagLength = 16

/** Returns salt, nonce, tag and encrypted text in hexadecimal digits. */
function encrypt(secret: string, text: string): string {
  const salt = crypto().randomBytes(saltLength)
  const nonce = crypto().randomBytes(nonceLength)
  const cipher = crypto().createCipheriv('aes-256-gcm', stretched(secret, salt), nonce)
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([salt, nonce, cipher.getAuthTag(), encrypted]).toString('hex')
}

function decrypt(secret: string, digits: string): string {
  const bytes = Buffer.from(digits, 'hex')
  const part = (from: number, length?: number): Buffer =>
    bytes.subarray(from, length === undefined ? undefined : from + length)
  const key = stretched(secret, part(0, saltLength))
  const nonce = part(saltLength, nonceLength)
  const decipher = crypto().createDecipheriv('aes-256-gcm', key, nonce, {
    authTagLength: tagLength,
  })
  decipher.setAuthTag(part(saltLength + nonceLength, tagLength))
  const encrypted = part(saltLength + nonceLength + tagLength)
  return decipher.update(encrypted, undefined, 'utf8') + decipher.final('utf8')
}

/** Next.js derives a key from its secret in this way; the signature is checked before. */
function stretched(secret: string, salt: Buffer): Buffer {
  return crypto().pbkdf2Sync(Buffer.from(secret), salt, 100_000, 32, 'sha512')
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
