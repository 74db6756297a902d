import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BuildRequest } from '../src/bundle/types.ts'
import { Project } from './support/project.ts'

function routes(files: Record<string, string>): Pick<BuildRequest, 'routes'> {
  return {
    routes: Object.entries(files).map(([path, file]) => ({ path, kind: 'app' as const, file })),
  }
}

test('a function becomes a handler, a file one that sends it', async (t) => {
  const project = new Project(t, {
    'app/robots.ts': "export default () => ({ rules: { userAgent: '*' } })",
    'app/sitemap.xml': '<urlset/>',
    'app/icon.png': 'png',
    'app/icon.svg': '<svg/>',
  })
  const files = {
    '/robots.txt': 'app/robots.ts',
    '/sitemap.xml': 'app/sitemap.xml',
    '/icon.png': 'app/icon.png',
    '/icon.svg': 'app/icon.svg',
  }
  const { outputs, errors, prerender } = await project.build([], routes(files))
  assert.equal(errors, undefined)
  assert.equal(prerender, true)
  assert.deepEqual(outputs!['app/robots.ts']!.methods, ['GET'])
  assert.notEqual(outputs!['app/icon.png']!.module, outputs!['app/icon.svg']!.module)
})

test('a function that is missing is named with its file', async (t) => {
  const project = new Project(t, { 'app/sitemap.ts': 'export const sitemap = () => []' })
  const { errors } = await project.build([], routes({ '/sitemap.xml': 'app/sitemap.ts' }))
  assert.deepEqual(errors, [
    'Default export is missing in "app/sitemap.ts": expected a function, found none.',
  ])
})

test('pictures that others embed have a limit', async (t) => {
  const project = new Project(t, { 'app/twitter-image.png': 'x'.repeat(5 * 1024 * 1024 + 1) })
  const { errors } = await project.build(
    [],
    routes({ '/twitter-image.png': 'app/twitter-image.png' }),
  )
  assert.match(
    errors!.join(),
    /File size for Twitter image "app\/twitter-image\.png" exceeds 5MB\. \(Current: 5\.00MB\)/,
  )
})

test('a picture drawn with ImageResponse is told of, and no reason for the build to fail', async (t) => {
  const project = new Project(t, {
    'app/icon.tsx':
      "import { ImageResponse } from 'next/og'\nexport default () => new ImageResponse(null as never)",
  })
  const { errors, warnings } = await project.build([], routes({ '/icon': 'app/icon.tsx' }))
  assert.equal(errors, undefined)
  assert.match(
    warnings!.join(),
    /ImageResponse of next\/og draws with the package next, which is not installed[^]*app\/icon\.tsx:1/,
  )
})
