/**
 * Makes draft mode work across both engines: the preview keys that `next build` has generated are
 * replaced with the project's keys, which Millrace's own routes and its server use.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { previewKeys, type PreviewKeys } from '../../../runtime/node/src/project/preview.ts'

/** Writes the keys into the output of `next build` in `dist`. */
export function sharePreviewKeys(root: string, dist: string): void {
  const keys = previewKeys({ root })
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
  const {
    previewModeId: id,
    previewModeSigningKey,
    previewModeEncryptionKey,
  } = previewKeys({ root })
  const known = {
    __NEXT_PREVIEW_MODE_ID: id,
    __NEXT_PREVIEW_MODE_SIGNING_KEY: previewModeSigningKey,
    __NEXT_PREVIEW_MODE_ENCRYPTION_KEY: previewModeEncryptionKey,
  }
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, known[name as keyof typeof known] ?? value]),
  )
}
