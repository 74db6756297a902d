import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BuildRequest } from '../src/bundle/types.ts'
import type { RouteMetadata, RouteSource } from '../src/project/route_source.ts'
import { Project } from './support/project.ts'

/** A file of `app`; a metadata file with its kind, which the server determines from the name. */
type RouteFile = string | readonly [file: string, kind: RouteMetadata['kind']]

function routes(files: Record<string, RouteFile>): Pick<BuildRequest, 'routes'> {
  const routeOf = ([path, given]: [string, RouteFile]): RouteSource => {
    if (typeof given === 'string') return { path, kind: 'app', file: given }
    const [file, kind] = given
    const metadata = { kind, module: /\.tsx?$/.test(file), lists: false }
    return { path, kind: 'app', file, metadata }
  }
  return { routes: Object.entries(files).map(routeOf) }
}

test('a function becomes a handler, a static file a handler that sends it', async (t) => {
  const project = new Project(t, {
    'app/robots.ts': "export default () => ({ rules: { userAgent: '*' } })",
    'app/sitemap.xml': '<urlset/>',
    'app/icon.png': 'png',
    'app/icon.svg': '<svg/>',
  })
  const files: Record<string, RouteFile> = {
    '/robots.txt': ['app/robots.ts', 'robots'],
    '/sitemap.xml': ['app/sitemap.xml', 'sitemap'],
    '/icon.png': ['app/icon.png', 'icon'],
    '/icon.svg': ['app/icon.svg', 'icon'],
  }
  const { outputs, errors, prerender } = await project.build([], routes(files))
  assert.equal(errors, undefined)
  assert.equal(prerender, true)
  assert.deepEqual(outputs!['app/robots.ts']!.methods, ['GET'])
  assert.notEqual(outputs!['app/icon.png']!.module, outputs!['app/icon.svg']!.module)
})

test('a missing default export is reported with its file', async (t) => {
  const project = new Project(t, { 'app/sitemap.ts': 'export const sitemap = () => []' })
  const { errors } = await project.build(
    [],
    routes({ '/sitemap.xml': ['app/sitemap.ts', 'sitemap'] }),
  )
  assert.deepEqual(errors, [
    'Default export is missing in "app/sitemap.ts": expected a function, found none.',
  ])
})

test('images that other sites embed have a size limit', async (t) => {
  const project = new Project(t, { 'app/twitter-image.png': 'x'.repeat(5 * 1024 * 1024 + 1) })
  const { errors } = await project.build(
    [],
    routes({ '/twitter-image.png': ['app/twitter-image.png', 'twitter-image'] }),
  )
  assert.match(
    errors!.join(),
    /File size for Twitter image "app\/twitter-image\.png" exceeds 5MB\. \(Current: 5\.00MB\)/,
  )
})

test('in development an error that names no file of the project only fails its route', async (t) => {
  const project = new Project(t, {
    'app/opengraph-image.png': 'x'.repeat(8 * 1024 * 1024 + 1),
    'app/twitter-image.png': 'x'.repeat(5 * 1024 * 1024 + 1),
    'app/icon.png': 'png',
    'app/a/route.ts': 'export const GET = () => new Response()',
    'app/b/route.ts': 'export const = 1',
  })
  const files: Record<string, RouteFile> = {
    '/opengraph-image.png': ['app/opengraph-image.png', 'opengraph-image'],
    '/twitter-image.png': ['app/twitter-image.png', 'twitter-image'],
    '/icon.png': ['app/icon.png', 'icon'],
    '/a': 'app/a/route.ts',
    '/b': 'app/b/route.ts',
  }
  const { outputs, errors, problems } = await project.build([], {
    ...routes(files),
    mode: 'development',
  })
  assert.deepEqual([errors, problems?.length], [undefined, 3])
  const load = async (file: string) => project.import(outputs![file]!)
  await assert.rejects(load('app/opengraph-image.png'), { message: /Open Graph image .* 8MB/ })
  await assert.rejects(load('app/twitter-image.png'), { message: /Twitter image .* 5MB/ })
  await assert.rejects(load('app/b/route.ts'), { message: /app\/b\/route\.ts:1:13/ })
  assert.ok((await load('app/a/route.ts')).GET)
  assert.deepEqual(outputs!['app/a/route.ts']!.methods, ['GET'])
})

test('an image made with ImageResponse without next is a warning, not an error', async (t) => {
  const project = new Project(t, {
    'app/icon.tsx':
      "import { ImageResponse } from 'next/og'\nexport default () => new ImageResponse(null as never)",
  })
  const { errors, warnings } = await project.build(
    [],
    routes({ '/icon': ['app/icon.tsx', 'icon'] }),
  )
  assert.equal(errors, undefined)
  assert.match(
    warnings!.join(),
    /ImageResponse of next\/og needs the package next, which is not installed[\s\S]*app\/icon\.tsx:1/,
  )
})
