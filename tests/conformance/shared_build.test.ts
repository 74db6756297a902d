/**
 * Tests what `next start` gets of a project that Millrace has built.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { project, temporaryDirectory } from '../e2e/support/index.ts'
import adapter from './serving_adapter.ts'
import { copySharedBuild } from './shared_build.ts'

const dist = '.millrace/builds/1-abc/next'
const config = { distDir: dist, adapterPath: '/millrace', deploymentId: 'abc' }
const built = {
  'next.config.mjs': 'export default {}',
  '.millrace/other': '',
  [`${dist}/BUILD_ID`]: 'fixed',
  [`${dist}/server/a.html`]: 'a page',
  [`${dist}/required-server-files.json`]: JSON.stringify({ version: 1, config }),
}

test('the copy has the build in the same place, with its times and without the adapter', () => {
  const directory = project({ files: built })
  utimesSync(join(directory, dist, 'server/a.html'), 1_700_000_000, 1_700_000_000)
  const { directory: copy, env } = copySharedBuild(directory, temporaryDirectory())
  assert.equal(env['CONFORMANCE_DIST_DIR'], dist)
  assert.equal(statSync(join(copy, dist, 'server/a.html')).mtimeMs, 1_700_000_000_000)
  assert.ok(existsSync(join(copy, 'next.config.mjs')) && !existsSync(join(copy, '.millrace/other')))
  const files = { version: 1, config: { distDir: dist, deploymentId: 'abc' } }
  const read = (name: string) => readFileSync(join(copy, dist, name), 'utf8')
  assert.deepEqual(JSON.parse(read('required-server-files.json')), files)
  assert.equal(
    read('required-server-files.js'),
    `self.__SERVER_FILES_MANIFEST=${JSON.stringify(files)}`,
  )
  assert.match(readFileSync(join(directory, dist, 'required-server-files.json'), 'utf8'), /adapter/)
})

test('a project without exactly one build is refused', () => {
  for (const files of [{}, { ...built, '.millrace/builds/2-abc/next/BUILD_ID': 'fixed' }])
    assert.throws(
      () => copySharedBuild(project({ files }), temporaryDirectory()),
      /expected one build with the output of next build, found [02]/,
    )
})

test('next start keeps its configuration but for the place and the name of the build', async () => {
  const projectDir = project({ files: built })
  process.env['CONFORMANCE_DIST_DIR'] = dist
  const modify = adapter.modifyConfig as unknown as (
    config: object,
    about: { projectDir: string },
  ) => object
  assert.deepEqual(modify({ basePath: '/a', distDir: '.next', adapterPath: 'x' }, { projectDir }), {
    basePath: '/a',
    distDir: dist,
    deploymentId: 'abc',
  })
  delete process.env['CONFORMANCE_DIST_DIR']
  assert.throws(() => modify({}, { projectDir }), /CONFORMANCE_DIST_DIR is not set/)
})
