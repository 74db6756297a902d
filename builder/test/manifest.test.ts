import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseManifest } from '../../runtime/node/src/project/manifest.ts'
import { defaultConfig } from '../src/config/normalise.ts'
import { manifestOf, withStaticResponses, type ManifestParts } from '../src/manifest/manifest.ts'
import { manifestText, writeManifest } from '../src/manifest/write.ts'
import { folder, manifestTexts } from './support/manifests.ts'

test('written manifests equal those that the tests of server and workers read', async () => {
  const texts = await manifestTexts()
  assert.deepEqual(readdirSync(folder).sort(), Object.keys(texts).sort())
  for (const [name, text] of Object.entries(texts))
    assert.equal(text, readFileSync(new URL(name, folder), 'utf8'), `protocol/manifests/${name}`)
})

test('the worker reads what the builder writes', async () => {
  const { 'full.json': full = '' } = await manifestTexts()
  const written = JSON.parse(full) as Record<string, unknown>
  const { routes, middleware, middlewareNumber, instrumentation, pages, config, buildId } =
    parseManifest(written, 'full.json')
  assert.equal(buildId, 'full')
  assert.deepEqual(config, written['config'])
  assert.deepEqual(
    routes.map(({ engine, ...route }) => route),
    (written['routes'] as { cached?: unknown; engine?: unknown; actions?: unknown }[]).map(
      ({ cached, engine, actions, ...route }) => route,
    ),
  )
  assert.equal(middleware?.module, '2-full/routes/proxy.mjs')
  assert.equal(middlewareNumber, 7)
  assert.deepEqual(instrumentation, written['instrumentation'])
  assert.deepEqual(pages, written['pages'])
  assert.equal(pages?.not_found, 5)
  assert.deepEqual(pages?.images?.sizes, [640, 16])
  assert.deepEqual(
    routes.map(({ engine }) => engine),
    ['light', 'light', 'light', 'next', 'next', 'next', 'next'],
  )
})

const parts = (outdir: string): ManifestParts => ({
  target: {
    outdir,
    manifest: '/p/builds/manifest.json',
    buildId: '1',
    mode: 'production',
    generator: 'test',
  },
  config: defaultConfig(),
  rules: null,
  routes: [{ path: '/a', kind: 'app', file: 'app/a/route.ts', parameters: [] }],
  built: {
    outputs: { 'app/a/route.ts': { module: 'a.mjs', methods: null, options: {}, size: 1 } },
  },
  builtAt: 1,
})

test('modules and bodies are relative to the folder of the manifest', () => {
  const modulesBelow = (outdir: string): string[] => {
    const given = parts(outdir)
    const response = { route: 0, parameters: '', status: 200, fields: '', body: '0.body' }
    const { routes, prerendered } = withStaticResponses(manifestOf(given), given.target, {
      cached: { 0: { dynamicParams: true } },
      prerendered: [response],
    })
    assert.deepEqual(routes[0]?.cached, { dynamicParams: true })
    return [routes[0]!.module, prerendered[0]!.body]
  }
  assert.deepEqual(modulesBelow('/p/builds'), ['a.mjs', '0.body'])
  assert.deepEqual(modulesBelow('/p/builds/1'), ['1/a.mjs', '1/0.body'])
})

test('a route without output is an error', () => {
  assert.throws(
    () => manifestOf({ ...parts('/p/builds'), built: {} }),
    /the build has no output for app\/a/,
  )
})

test('a manifest is written atomically, and git ignores its folder', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'millrace-manifest-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const path = join(root, '.millrace/builds/1/manifest.json')
  const manifest = manifestOf(parts('/p/builds'))
  await writeManifest(path, manifest, root)
  await writeManifest(path, { ...manifest, build_id: '2' }, root)
  assert.equal(readFileSync(path, 'utf8'), manifestText({ ...manifest, build_id: '2' }))
  assert.deepEqual(readdirSync(join(root, '.millrace/builds/1')), ['manifest.json'])
  assert.equal(readFileSync(join(root, '.millrace/.gitignore'), 'utf8'), '*\n')
  assert.equal(existsSync(`${path}.new`), false)
})
