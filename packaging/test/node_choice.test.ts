/** Tests which Node.js the command of the npm package chooses. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { chooseNode, type Wish } from '../npm/launcher/node_choice.ts'
import { projectFolder, wishesOf } from '../npm/launcher/project.ts'

const pinned = { path: '/own/node', version: '24.21.0' }
const started = (version: string): { path: string; version: string } => ({
  path: '/users/node',
  version,
})
const wish = (range: string): Wish => ({ source: '.nvmrc', range, text: range })

describe('the choice of Node.js', () => {
  test('is the one that started the command', () => {
    for (const version of ['22.15.0', '22.99.1', '24.0.0', '26.1.0', '25.0.0-rc.1']) {
      const choice = chooseNode({ started: started(version), pinned, wishes: [wish('>=20')] })
      assert.deepEqual(choice, { path: '/users/node', notes: [] })
    }
  })

  test('is the pinned one if that is too old, with a note', () => {
    for (const version of ['18.20.4', '20.20.2', '22.14.0', '21.7.3']) {
      const choice = chooseNode({ started: started(version), pinned, wishes: [] })
      assert.equal(choice.path, '/own/node')
      assert.match(choice.notes.join(), new RegExp(`${version}.*22\\.15.*24\\.21\\.0.*addons`))
    }
  })

  test('fails without a Node.js that is new enough, and says what to do', () => {
    assert.throws(
      () => chooseNode({ started: started('20.1.0'), pinned: null, wishes: [] }),
      /20\.1\.0.*22\.15.*MILLRACE_NODE.*@millrace\/node-linux-/,
    )
  })

  test('names what the project asks for and does not get', () => {
    const choice = chooseNode({ started: started('24.3.0'), pinned, wishes: [wish('22')] })
    assert.equal(choice.path, '/users/node')
    assert.match(choice.notes.join(), /\.nvmrc asks for Node\.js 22, but 24\.3\.0 runs the routes/)
    const replaced = chooseNode({ started: started('20.0.0'), pinned, wishes: [wish('20')] })
    assert.equal(replaced.notes.length, 2)
  })
})

describe('what a project asks for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-wishes-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  /** Creates a project in a folder of its own. */
  function project(files: Record<string, string>): string {
    const place = mkdtempSync(join(folder, 'project-'))
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(place, name)), { recursive: true })
      writeFileSync(join(place, name), text)
    }
    return place
  }
  const rangesOf = (files: Record<string, string>, below = ''): string[] =>
    wishesOf(join(project(files), below)).map(({ range }) => range)

  test('is read from .nvmrc and .node-version', () => {
    assert.deepEqual(rangesOf({ '.nvmrc': 'v22.11.0\n' }), ['22.11.0'])
    assert.deepEqual(rangesOf({ '.nvmrc': '# LTS\nlts/jod # 22\n' }), ['22'])
    assert.deepEqual(rangesOf({ '.nvmrc': 'lts/*' }), ['*'])
    assert.deepEqual(rangesOf({ '.nvmrc': 'node' }), ['*'])
    assert.deepEqual(rangesOf({ '.node-version': '24' }), ['24'])
    assert.deepEqual(rangesOf({ '.nvmrc': '22', 'apps/api/package.json': '{}' }, 'apps/api'), [
      '22',
    ])
  })

  test('is read from package.json', () => {
    assert.deepEqual(rangesOf({ 'package.json': '{"engines":{"node":">=20 <23"}}' }), ['>=20 <23'])
    assert.deepEqual(rangesOf({ 'package.json': '{"volta":{"node":"22.5.1"}}' }), ['22.5.1'])
    const runtime = { name: 'node', version: '^24' }
    assert.deepEqual(rangesOf({ 'package.json': JSON.stringify({ devEngines: { runtime } }) }), [
      '^24',
    ])
    assert.deepEqual(
      rangesOf({ 'package.json': JSON.stringify({ devEngines: { runtime: [runtime] } }) }),
      ['^24'],
    )
  })

  test('is nothing where a file cannot be read', () => {
    for (const text of ['', '[]', '{', '{"engines":"20"}', '{"engines":{"node":"one"}}', 'null'])
      assert.deepEqual(rangesOf({ 'package.json': text }), [], text)
  })

  test('belongs to the folder that the command names', () => {
    const place = project({ 'package.json': '{}' })
    assert.equal(projectFolder(['dev', '-p', '3000', place]), place)
    assert.equal(projectFolder(['dev', '--port', '0']), process.cwd())
  })
})
