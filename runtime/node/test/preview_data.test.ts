/** Tests that preview data goes from either engine to the other: Next.js reads and writes it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Generation } from '../src/project/generation.ts'
import {
  bypassCookie,
  openPreviewData,
  previewDataCookie,
  previewKeys,
  previewModeId,
  sealPreviewData,
} from '../src/project/preview.ts'

const require = createRequire(import.meta.url)
const root = mkdtempSync(join(tmpdir(), 'millrace-preview-'))
const project = { root } as Generation
after(() => rmSync(root, { recursive: true, force: true }))

const { tryGetPreviewData } = require('next/dist/server/api-utils/node/try-get-preview-data') as {
  tryGetPreviewData: (req: object, res: object, keys: object, multiZone: boolean) => unknown
}
const { encryptWithSecret } = require('next/dist/server/crypto-utils') as {
  encryptWithSecret: (secret: Buffer, data: string) => string
}
const { createSigner } = require('next/dist/compiled/fast-jwt') as {
  createSigner: (options: object) => (payload: object) => string
}

/** Returns what Next.js reads of the cookie; false if it refuses it. */
function readByNext(sealed: string): unknown {
  const cookie = `${bypassCookie}=${previewModeId(project)}; ${previewDataCookie}=${sealed}`
  const res = { getHeader: () => undefined, setHeader: () => res }
  return tryGetPreviewData({ headers: { cookie } }, res, previewKeys(project), false)
}

/** Returns a cookie that Next.js makes. */
function sealedByNext(data: unknown, key = previewKeys(project).previewModeSigningKey): string {
  const secret = Buffer.from(previewKeys(project).previewModeEncryptionKey)
  const sign = createSigner({ key, algorithm: 'HS256', expiresIn: 60_000 })
  return sign({ data: encryptWithSecret(secret, JSON.stringify(data)) })
}

const data = { of: 'mé', list: [1, null] }

test('Next.js reads the data that Millrace has written', () => {
  assert.deepEqual(readByNext(sealPreviewData(project, data, undefined)), data)
  assert.deepEqual(readByNext(sealPreviewData(project, data, 60)), data)
  assert.equal(readByNext(sealPreviewData(project, data, -1)), false)
})

test('Millrace reads the data that Next.js has written', () => {
  assert.deepEqual(openPreviewData(project, sealedByNext(data)), data)
})

test('data that is forged, expired or no data is refused', () => {
  const sealed = sealPreviewData(project, data, 60)
  assert.deepEqual(openPreviewData(project, sealed), data)
  const [header, claims, signature] = sealed.split('.')
  const none = Buffer.from('{"alg":"none"}').toString('base64url')
  for (const forged of [
    '',
    'x',
    '..',
    `${none}.${claims}.`,
    `${none}.${claims}.${signature}`,
    `${header}.${claims}`,
    `${header}.${claims}.${signature}x`,
    `${header}.${claims}x.${signature}`,
    `${sealed}.${signature}`,
    sealedByNext(data, 'another key'),
    sealPreviewData(project, data, -1),
  ])
    assert.equal(openPreviewData(project, forged), undefined, forged)
})
