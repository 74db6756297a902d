/**
 * Makes draft mode work across both engines: the preview keys that `next build` has generated are
 * replaced with the project's keys, which Millrace's own routes and its server use.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { derivedKey, previewModeId } from '../../../runtime/node/src/project/preview.ts'

/** The keys by Next.js's names. */
interface PreviewKeys {
  readonly previewModeId: string
  readonly previewModeSigningKey: string
  readonly previewModeEncryptionKey: string
}

/** Returns the project's keys. */
function keysOf(root: string): PreviewKeys {
  return {
    previewModeId: previewModeId({ root }),
    previewModeSigningKey: derivedKey({ root }, 'next preview signing'),
    previewModeEncryptionKey: derivedKey({ root }, 'next preview encryption'),
  }
}

/** Writes the keys into the output of `next build` in `dist`. */
export function sharePreviewKeys(root: string, dist: string): void {
  const keys = keysOf(root)
  const own = join(dist, 'server', 'preview-props.json')
  if (existsSync(own)) writeFileSync(own, JSON.stringify(keys))
  const prerender = join(dist, 'prerender-manifest.json')
  const manifest = JSON.parse(readFileSync(prerender, 'utf8')) as { preview?: PreviewKeys }
  if (manifest.preview !== undefined)
    writeFileSync(prerender, JSON.stringify({ ...manifest, preview: keys }))
}

/** Returns the environment of an edge function with the keys. */
export function withPreviewKeys(
  root: string,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const { previewModeId: id, previewModeSigningKey, previewModeEncryptionKey } = keysOf(root)
  const known = {
    __NEXT_PREVIEW_MODE_ID: id,
    __NEXT_PREVIEW_MODE_SIGNING_KEY: previewModeSigningKey,
    __NEXT_PREVIEW_MODE_ENCRYPTION_KEY: previewModeEncryptionKey,
  }
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, known[name as keyof typeof known] ?? value]),
  )
}
