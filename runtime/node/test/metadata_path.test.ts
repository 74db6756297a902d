import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { isMetadataPath } from '../src/prerender/metadata_path.ts'

test('paths of metadata files are recognized', () => {
  const file = new URL('../../../protocol/cases/metadata_files.json', import.meta.url)
  const cases = JSON.parse(readFileSync(file, 'utf8')) as { readonly path: string }[]
  assert.ok(cases.length > 0)
  for (const { path } of cases) assert.ok(isMetadataPath(path), path)
  for (const path of [
    '/sitemap/[__metadata_id__]',
    '/a/icon-1a2b3c.png',
    '/a/icon/[__metadata_id__]',
  ])
    assert.ok(isMetadataPath(path), path)
})

test('other paths are not', () => {
  for (const path of ['/', '/a/robots.txt', '/icons', '/a/icon.gif', '/sitemap.txt', '/api/icon/a'])
    assert.equal(isMetadataPath(path), false, path)
})
