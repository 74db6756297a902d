/**
 * Tests which engine compiles which route.
 */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { InexactModules } from '../src/base/inexact.ts'
import type { BuildOutcome, BuildRequest } from '../src/bundle/types.ts'
import type { RouteSource } from '../src/project/route_source.ts'
import { choose } from '../src/next_engine/choose.ts'
import { findNext } from '../src/next_engine/installed.ts'
import { PreservedFiles } from '../src/next_engine/preserved_files.ts'
import { bundlerFlags } from '../src/config/bundler_flags.ts'
import { generalNeeds, mayCompileElsewhere, needsOf } from '../src/bundle/needs.ts'
import { Project } from './support/project.ts'

const route = (name: string, engine: RouteSource['engine'] = 'auto'): RouteSource => ({
  path: `/${name}`,
  kind: 'app',
  file: `${name}.ts`,
  engine,
})
const requestOf = (
  routes: RouteSource[],
  mode: 'production' | 'development' = 'production',
): BuildRequest => ({ root: '/p', mode, outdir: '/p/.millrace', config: {}, env: {}, routes })
const installed = { next: { version: '16.4.6', folder: '/n', program: '/n/dist/bin/next' } }
const missing = { missing: 'Next.js is not installed: install it (npm install next)' }
const need = (what: string, wayOut: string | null = null) => [
  { file: '/p/lib/a.ts', line: 3, what, wayOut },
]

test('reasons against the light engine come from the modules that a route reaches', () => {
  const inexact = new InexactModules()
  inexact.note({ file: '/p/lib/odd.ts', line: 2, what: 'imports something odd', wayOut: null })
  const broken = new Map([
    [
      '/p/lib/broken.ts',
      'No loader is configured for ".odd" files: lib/x.odd\n\n    lib/broken.ts:1:7',
    ],
  ])
  const reach = new Map(
    Object.entries({
      'app/a.ts': new Set(['/p/app/a.ts', '/p/lib/shared.ts', '/p/lib/odd.ts']),
      'app/b.ts': new Set(['/p/app/b.ts', '/p/lib/shared.ts']),
      'app/c.ts': new Set(['/p/app/c.ts', '/p/lib/broken.ts']),
    }),
  )
  const needs = needsOf({ reach, inexact, broken, general: [] })
  assert.deepEqual(Object.keys(needs), ['app/a.ts', 'app/c.ts'])
  assert.equal(needs['app/a.ts']![0]!.what, 'imports something odd')
  assert.equal(
    needs['app/c.ts']![0]!.what,
    'does not compile: No loader is configured for ".odd" files: lib/x.odd',
  )
})

test('reasons of the project hold for all of its routes', () => {
  const entry = { root: '/p', config: { compiledByWebpackOf: 'next.config.js' } }
  const general = generalNeeds(entry)
  const needs = needsOf({
    reach: new Map([['app/a.ts', new Set(['/p/app/a.ts'])]]),
    inexact: new InexactModules(),
    broken: new Map(),
    general,
  })
  const choice = choose(requestOf([{ ...route('a'), file: 'app/a.ts' }]), needs, {}, installed)
  assert.deepEqual(choice.reasons, [
    'engine next: /a (app/a.ts): next.config.js has webpack(), with which `next build --webpack` compiles',
  ])
  assert.deepEqual(generalNeeds({ ...entry, config: {} }), [])
})

test('auto selects next, with the reason, for routes that need it and light for others', () => {
  const routes = [route('a'), route('b'), route('c', 'next'), route('d', 'light')]
  const choice = choose(
    requestOf(routes),
    { 'a.ts': need('imports x'), 'd.ts': need('imports y', 'Do z.') },
    {},
    installed,
  )
  assert.deepEqual(
    choice.routes.map(({ file }) => file),
    ['a.ts', 'c.ts'],
  )
  assert.deepEqual(choice.reasons, [
    'engine next: /a (a.ts): lib/a.ts:3 imports x',
    'engine next: /c (c.ts): set in millrace.toml',
  ])
  assert.deepEqual(choice.warnings, [
    'd.ts: lib/a.ts:3 imports y, which the engine "light" does not compile exactly as Next.js does. The engine "next" would, but millrace.toml sets "light". Do z.',
  ])
  assert.deepEqual(choice.errors, [])
})

test('static metadata files are not compiled', () => {
  const image: RouteSource = {
    path: '/icon.png',
    kind: 'app',
    file: 'app/icon.png',
    engine: 'next',
  }
  assert.deepEqual(choose(requestOf([image]), {}, {}, installed).routes, [])
})

test('without Next.js there are warnings, and errors for files that do not compile', () => {
  const choice = choose(
    requestOf([route('a'), route('b')]),
    { 'a.ts': need('imports x'), 'b.ts': need('does not compile: No loader') },
    {},
    missing,
  )
  assert.deepEqual(choice.routes, [])
  assert.match(
    choice.warnings[0]!,
    /^a\.ts: lib\/a\.ts:3 imports x, .* The engine "next" would, but Next\.js is not installed: install it/,
  )
  assert.deepEqual(choice.errors, ['lib/a.ts:3 does not compile: No loader'])
})

test('routes that share memory state with a route of next use next too', () => {
  const light: BuildOutcome = {
    memory_state: [
      { file: 'lib/s.ts', line: 1, name: 'map', routes: ['b.ts', 'a.ts'] },
      { file: 'lib/t.ts', line: 2, name: 'list', routes: ['b.ts', 'c.ts', 'e.ts'] },
      { file: 'lib/u.ts', line: 3, name: 'globalThis.cache', routes: ['a.ts', 'd.ts'] },
    ],
  }
  const choice = choose(
    requestOf([route('a'), route('b'), route('c'), route('d'), route('e', 'light')]),
    { 'a.ts': need('imports x') },
    light,
    installed,
  )
  assert.deepEqual(choice.reasons, [
    'engine next: /a (a.ts): lib/a.ts:3 imports x',
    'engine next: /b (b.ts): shares `map` of lib/s.ts with /a',
    'engine next: /c (c.ts): shares `list` of lib/t.ts with /b',
  ])
})

test('the instrumentation file uses next if needed, the proxy file never', () => {
  const light: BuildOutcome = { instrumentation: { file: 'instrumentation.ts', module: 'i.mjs' } }
  const choice = choose(
    requestOf([route('a')]),
    { 'instrumentation.ts': need('imports x'), 'proxy.ts': need('imports y') },
    light,
    installed,
  )
  assert.equal(choice.instrumentation, true)
  assert.deepEqual(choice.reasons, ['engine next: instrumentation.ts: lib/a.ts:3 imports x'])
  assert.deepEqual(choice.warnings, [
    'proxy.ts: lib/a.ts:3 imports y, which the engine "light" does not compile exactly as Next.js does.',
  ])
})

test('errors that another bundler may not have are distinguished from mistakes', () => {
  const errors = (...texts: string[]) => texts.map((text) => ({ text }) as never)
  const lenient = { lenient: true, config: {} }
  assert.ok(mayCompileElsewhere(lenient, errors('No loader is configured for ".sql" files: a.sql')))
  assert.ok(
    !mayCompileElsewhere(
      lenient,
      errors('No loader is configured for ".sql" files: a.sql', 'Expected ";" but found "x"'),
    ),
  )
  assert.ok(!mayCompileElsewhere(lenient, errors('Could not resolve "odd"')))
  assert.ok(
    mayCompileElsewhere(
      { lenient: true, config: { customBundling: true } },
      errors('Could not resolve "odd"'),
    ),
  )
  assert.ok(
    !mayCompileElsewhere({ config: { customBundling: true } }, errors('Could not resolve "odd"')),
  )
})

test("the project's Next.js is missing, too old, or usable", (t) => {
  const { root } = new Project(t, {})
  const install = (version: string) => {
    mkdirSync(join(root, 'node_modules/next'), { recursive: true })
    writeFileSync(join(root, 'node_modules/next/package.json'), JSON.stringify({ version }))
    return findNext(root)
  }
  assert.deepEqual(findNext(root), missing)
  assert.match(
    (install('15.5.9') as { missing: string }).missing,
    /^Next\.js 15\.5\.9 is installed, .*16\.2 or newer$/,
  )
  assert.ok('missing' in install('16.1.7'))
  assert.ok('next' in install('16.2.0-canary.3'))
  assert.ok('next' in install('17.0.0'))
  mkdirSync(join(root, 'apps/web'), { recursive: true })
  assert.ok('next' in findNext(join(root, 'apps/web')))
})

test("the bundler flags are read from the project's own build", (t) => {
  const flags = (build: string) =>
    bundlerFlags(new Project(t, { 'package.json': { scripts: { build } } }).root)
  assert.deepEqual(
    flags('prisma generate && next build --webpack --debug && node after.js --turbo'),
    ['--webpack'],
  )
  assert.deepEqual(flags('tsc'), [])
  assert.deepEqual(bundlerFlags(new Project(t, {}).root), [])
})

test('files that next has written are restored', (t) => {
  const { root } = new Project(t, { 'tsconfig.json': '{}' })
  const files = new PreservedFiles(root)
  writeFileSync(join(root, 'tsconfig.json'), '{"include":[]}')
  writeFileSync(join(root, 'next-env.d.ts'), 'made')
  files.restore()
  assert.equal(readFileSync(join(root, 'tsconfig.json'), 'utf8'), '{}')
  assert.ok(!existsSync(join(root, 'next-env.d.ts')))
})
