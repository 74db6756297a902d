/**
 * Tests the folder that is served without the project.
 */
import assert from 'node:assert/strict'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import type { TracedFiles } from '../src/bundle/types.ts'
import { runtimeModules } from '../src/standalone/next_files.ts'
import { faultOfTarget, makeStandalone } from '../src/standalone/standalone.ts'

const work = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-standalone-')))
after(() => rmSync(work, { recursive: true, force: true }))

const root = join(work, 'project')
const outdir = join(root, '.millrace/builds/3-abc')
const target = join(work, 'out')

function write(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
}

function addPackage(folder: string, manifest: object, files: Record<string, string> = {}): void {
  write(`${folder}/package.json`, JSON.stringify(manifest))
  for (const [name, content] of Object.entries(files)) write(`${folder}/${name}`, content)
}

const make = (traced: TracedFiles | null = null, config = {}) =>
  makeStandalone({ root, outdir, target, config, traced, next: null })

/** Moves the result away from everything that it could find above itself, and loads a module. */
function load(path: string): unknown {
  const moved = mkdtempSync(join(work, 'moved-'))
  cpSync(target, moved, { recursive: true, verbatimSymlinks: true })
  return createRequire(join(moved, 'main.js'))(join(moved, path))
}

beforeEach(() => {
  rmSync(root, { recursive: true, force: true })
  rmSync(target, { recursive: true, force: true })
  write('package.json', '{ "name": "p" }')
  write('.env', 'A=1')
  write('.env.local', 'SECRET=1')
  write('public/a.txt', 'public')
  write('app/route.ts', 'source')
  write('.millrace/preview.key', 'key')
  write('.millrace/builds/3-abc/manifest.json', '{}')
  write('.millrace/builds/3-abc/next/cache/x', 'cache')
  write('.millrace/builds/3-abc/next/BUILD_ID', 'id')
})

test('the build, public files and settings are copied, and nothing else', async () => {
  assert.equal(await make(), target)
  assert.deepEqual(readdirSync(target).sort(), ['.env', '.millrace', 'package.json', 'public'])
  const build = join(target, '.millrace/current')
  assert.deepEqual(readdirSync(build).sort(), ['manifest.json', 'next'])
  assert.deepEqual(readdirSync(join(build, 'next')), ['BUILD_ID'])
  assert.equal(readFileSync(join(target, 'public/a.txt'), 'utf8'), 'public')
  assert.equal(statSync(join(target, '.millrace/preview.key')).mode & 0o777, 0o600)
})

test('packages outside of the bundles are copied with all that they depend on', async () => {
  write(
    '.millrace/builds/3-abc/chunks/modules.mjs',
    `a = __require("one/lib"); b = require("node:fs"); c = require("fs"); d = require("next/link")
     e = process.getBuiltinModule('node:module').createRequire(process.cwd() + '/')("./build/addon.node")`,
  )
  write('build/addon.node', 'addon')
  addPackage(
    'node_modules/one',
    { dependencies: { two: '*', absent: '*' }, peerDependencies: { '@s/three': '*' } },
    { 'lib.js': "module.exports = [require('two'), require('@s/three')]", 'data/d.bin': 'data' },
  )
  addPackage('node_modules/one/node_modules/two', {}, { 'index.js': "module.exports = 'inner'" })
  addPackage('node_modules/two', {}, { 'index.js': "module.exports = 'outer'" })
  addPackage('node_modules/@s/three', {}, { 'index.js': 'module.exports = 3' })
  addPackage('node_modules/unused', {})
  await make()
  assert.deepEqual(load('node_modules/one/lib.js'), ['inner', 3])
  assert.ok(existsSync(join(target, 'node_modules/one/data/d.bin')))
  assert.ok(existsSync(join(target, 'build/addon.node')))
  assert.deepEqual(readdirSync(join(target, 'node_modules')).sort(), ['@s', 'one'])
})

test('links between packages are kept, as pnpm makes them', async () => {
  write('.millrace/builds/3-abc/routes/a.mjs', 'require("one")')
  const store = 'node_modules/.pnpm/one@1/node_modules'
  addPackage(
    `${store}/one`,
    { dependencies: { two: '*' } },
    { 'index.js': "module.exports = require('two')" },
  )
  addPackage('node_modules/.pnpm/two@1/node_modules/two', {}, { 'index.js': 'module.exports = 2' })
  symlinkSync('../../two@1/node_modules/two', join(root, store, 'two'))
  // Absolute: it would lead back to the project.
  symlinkSync(join(root, store, 'one'), join(root, 'node_modules/one'))
  await make()
  rmSync(join(root, 'node_modules'), { recursive: true })
  assert.equal(load('node_modules/one'), 2)
})

test('traced and included files keep their places, also above the project', async () => {
  write('data/words.txt', 'words')
  write('own.js', 'own')
  mkdirSync(join(work, 'shared'), { recursive: true })
  writeFileSync(join(work, 'shared/lib.js'), 'shared')
  const files = {
    'shared/lib.js': join(work, 'shared/lib.js'),
    'project/other.js': join(root, 'own.js'),
    'project/.millrace/builds/3-abc/next/x.js': join(outdir, 'next/x.js'),
    'project/gone.js': join(root, 'gone.js'),
  }
  const started = await make(
    { files, root: work },
    { outputFileTracingIncludes: { '/*': ['data/*.txt'] } },
  )
  assert.equal(started, join(target, 'project'))
  assert.equal(readFileSync(join(target, 'shared/lib.js'), 'utf8'), 'shared')
  assert.equal(readFileSync(join(target, 'project/other.js'), 'utf8'), 'own')
  assert.equal(readFileSync(join(target, 'project/data/words.txt'), 'utf8'), 'words')
  assert.ok(existsSync(join(target, 'project/.millrace/current/manifest.json')))
})

test('an earlier result is replaced, and another folder is not', async () => {
  await make()
  assert.equal(faultOfTarget(root, target), null)
  writeFileSync(join(target, 'stale'), '')
  await make()
  assert.ok(!existsSync(join(target, 'stale')))
  rmSync(join(target, '.millrace'), { recursive: true })
  assert.match(faultOfTarget(root, target)!, /exists and is not the result of an earlier/)
  assert.match(faultOfTarget(root, work)!, /contains the project/)
  assert.equal(faultOfTarget(root, join(root, 'out')), null)
})

test('every module of Next.js that workers load by name is traced', () => {
  const folder = join(import.meta.dirname, '../../runtime/node/src')
  const named = new Set<string>()
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    for (const [, name] of readFileSync(join(folder, file), 'utf8').matchAll(
      /'(next\/dist\/[^']+)'/g,
    ))
      named.add(name!)
  }
  assert.ok(named.size > 10)
  assert.deepEqual(
    [...named].filter((name) => !runtimeModules.some((known) => known === name)),
    [],
  )
  assert.deepEqual(
    runtimeModules.filter((name) => !named.has(name)),
    [],
    'and no other one',
  )
})
