import assert from 'node:assert/strict'
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { linkEditorCommands, writeEditorFlags } from '../src/native/editor_flags.ts'
import { NativeProject } from './support/native_project.ts'

function folder(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'flags-'))
  t.after(() => rmSync(root, { recursive: true }))
  return root
}

test('flags are written and brought up to date, but not over a file of the user', (t) => {
  const root = folder(t)
  const path = join(root, 'compile_flags.txt')
  writeEditorFlags(root, ['-std=c++20', '-I', '/a b'])
  assert.equal(readFileSync(path, 'utf8'), '-DMILLRACE_COMPILE_FLAGS\n-std=c++20\n-I\n/a b\n')
  writeEditorFlags(root, ['-std=c++23'])
  assert.equal(readFileSync(path, 'utf8'), '-DMILLRACE_COMPILE_FLAGS\n-std=c++23\n')
  writeFileSync(path, '-std=c++20\n')
  writeEditorFlags(root, ['-std=c++23'])
  assert.equal(readFileSync(path, 'utf8'), '-std=c++20\n')
  rmSync(path)
  writeFileSync(join(root, 'compile_commands.json'), '[]')
  writeEditorFlags(root, ['-std=c++23'])
  assert.equal(lstatSync(path, { throwIfNoEntry: false }), undefined)
})

test("CMake's database is linked, but not over a file of the user", (t) => {
  const root = folder(t)
  const path = join(root, 'compile_commands.json')
  linkEditorCommands(root, join(root, '.millrace/cmake/development'))
  linkEditorCommands(root, join(root, '.millrace/cmake/production'))
  assert.equal(readlinkSync(path), '.millrace/cmake/production/compile_commands.json')
  rmSync(path)
  writeFileSync(path, '[]')
  linkEditorCommands(root, join(root, '.millrace/cmake/production'))
  assert.equal(readFileSync(path, 'utf8'), '[]')
})

test('a build writes flags with which the compiler accepts the route', async (t) => {
  const route = 'app/a/route.cpp'
  const project = new NativeProject(t, {
    'lib/answer.hpp': '#define ANSWER 1\n',
    [route]:
      '#include <millrace/route.hpp>\n#include "answer.hpp"\nextern "C" int value() { return ANSWER; }\n',
  })
  assert.equal(await project.value(route, { include: ['lib'] }), 1)
  const flags = readFileSync(join(project.root, 'compile_flags.txt'), 'utf8').trim().split('\n')
  const { status, stderr } = (await import('node:child_process')).spawnSync(
    'c++',
    [...flags, '-fsyntax-only', join(project.root, route)],
    { encoding: 'utf8' },
  )
  assert.equal(status, 0, stderr)
})
