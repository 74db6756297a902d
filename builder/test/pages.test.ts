/** Pages that `next build` provides, as routes of the manifest with their prerendered responses. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import {
  type HandedOver,
  type HandedOverPage,
  handedOverVersion,
} from '../../adapter/src/handed_over.ts'
import {
  interceptedPaths,
  type RoutesManifest,
} from '../../runtime/node/src/next_engine/interceptions.ts'
import { pagesOf } from '../src/next_engine/pages.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-pages-'))
after(() => rmSync(root, { recursive: true, force: true }))
const distDir = join(root, 'next')
mkdirSync(distDir)
writeFileSync(join(distDir, 'routes-manifest.json'), '{"rewrites":{"beforeFiles":[]}}')

const page = (pathname: string, kind: HandedOverPage['kind'], file: string): HandedOverPage => ({
  pathname,
  kind,
  runtime: 'nodejs',
  file: join(distDir, file),
  maxDuration: null,
  page: pathname,
  caching: { dynamicParams: false, fallback: false, partial: false },
})

const response = (path: string) => ({
  page: path,
  path,
  variant: '',
  locale: null,
  status: 200,
  fields: '',
  file: join(distDir, 'any.html'),
  postponed: null,
})

function pagesIn(folder: string, pages: readonly HandedOverPage[]) {
  const handed: HandedOver = {
    version: handedOverVersion,
    nextVersion: '16.4.6',
    buildId: 'id',
    distDir: folder,
    routes: [],
    pages,
    prerenders: pages.map(({ pathname }) => response(pathname)),
    ownAdapter: null,
    traced: {},
    tracingRoot: '/',
  }
  const request = {
    root,
    outdir: root,
    mode: 'production',
    config: {},
    env: {},
    routes: [],
  } as const
  return pagesOf(request, handed)
}

/** Returns the paths of the pages and, of each prerendered response, the path of its page. */
function found(pages: readonly HandedOverPage[]) {
  const { routes, prerendered } = pagesIn(distDir, pages)
  return {
    paths: routes.map(({ path }) => path),
    prerendered: prerendered.map(({ route }) => routes[route]?.path),
  }
}

test('a prerendered response belongs to its page, though pages before it are left out', () => {
  assert.deepEqual(
    found([
      page('/', 'app-page', 'server/app/page.js'),
      page('/_not-found', 'app-page', 'server/app/_not-found/page.js'),
      page('/404', 'page', 'server/pages/404.html'),
      page('/500', 'page', 'server/pages/500.html'),
    ]),
    { paths: ['/', '/_not-found', '/500'], prerendered: ['/', '/_not-found', '/500'] },
  )
})

test('a prerendered response keeps its locale', () => {
  const { prerendered } = pagesOf(
    { root, outdir: root, mode: 'production', config: {}, env: {}, routes: [] },
    {
      version: handedOverVersion,
      nextVersion: '16.4.6',
      buildId: 'id',
      distDir,
      routes: [],
      pages: [
        page('/404', 'page', 'server/pages/en/404.html'),
        page('/blog/[slug]', 'page', 'server/pages/blog/[slug].js'),
      ],
      prerenders: [
        { ...response('/blog/a'), page: '/blog/[slug]', locale: 'en' },
        { ...response('/blog/a'), page: '/blog/[slug]', locale: 'de' },
        response('/404'),
      ],
      ownAdapter: null,
      traced: {},
      tracingRoot: '/',
    },
  )
  assert.deepEqual(
    prerendered.map(({ route, parameters, locale }) => [route, parameters, locale]),
    [
      [1, 'a', 'en'],
      [1, 'a', 'de'],
      [0, '', undefined],
    ],
  )
})

test('rewrites of intercepting routes are rules, those of the project are not among them', () => {
  const own = { source: '/own', destination: '/x', regex: '^/own(?:/)?$', has: [] }
  const intercepting = {
    source: '/feed/photo/:id',
    destination: '/feed/(..)photo/:id',
    has: [{ type: 'header', key: 'next-url', value: '/feed(?:/.*)?' }],
    regex: '^/feed/photo(?:/([^/]+?))(?:/)?$',
  }
  const rewrites = { beforeFiles: [own, intercepting] }
  const other = join(root, 'intercepting')
  mkdirSync(other)
  writeFileSync(join(other, 'routes-manifest.json'), JSON.stringify({ rewrites }))
  const { interceptions } = pagesIn(other, [
    page('/_not-found', 'app-page', 'server/app/_not-found/page.js'),
  ])
  assert.deepEqual(
    interceptions.map(({ source, has }) => [source, has]),
    [[intercepting.source, intercepting.has]],
  )
  assert.deepEqual(
    interceptedPaths({ rewrites } as RoutesManifest).map((pattern) => [
      pattern.test('/feed/photo/1'),
      pattern.test('/own'),
    ]),
    [[true, false]],
  )
  assert.deepEqual(interceptedPaths({ rewrites: [] }), [])
})

test('pages with server actions are marked; functions with a cache are not actions', () => {
  const other = join(root, 'actions')
  mkdirSync(join(other, 'server'), { recursive: true })
  writeFileSync(join(other, 'routes-manifest.json'), '{"rewrites":{"beforeFiles":[]}}')
  const references = {
    node: {
      '00aa': { workers: { 'app/act/page': {} } },
      '80bb': { workers: { 'app/cached/page': {} } },
    },
    edge: {},
  }
  writeFileSync(join(other, 'server/server-reference-manifest.json'), JSON.stringify(references))
  const named = (pathname: string): HandedOverPage => ({
    ...page(pathname, 'app-page', `server/app${pathname}/page.js`),
    page: `${pathname}/page`,
  })
  const { routes } = pagesIn(other, [named('/act'), named('/cached'), named('/_not-found')])
  assert.deepEqual(
    routes.map((route) => [route.path, route.actions]),
    [
      ['/act', true],
      ['/cached', undefined],
      ['/_not-found', undefined],
    ],
  )
})
