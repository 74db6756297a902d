import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { editorCommand } from '../src/editor/open.ts'

const place = { file: '/p/a b.ts', line: 3, column: 9 }

test('each editor is told the place in its own way', () => {
  for (const [editor, parameters] of [
    ['code', ['-g', '/p/a b.ts:3:9']],
    ['/usr/bin/code --reuse-window', ['--reuse-window', '-g', '/p/a b.ts:3:9']],
    ['webstorm', ['--line', '3', '--column', '9', '/p/a b.ts']],
    ['subl', ['/p/a b.ts:3:9']],
    ['unknown-editor', ['/p/a b.ts']],
  ] as const) {
    const command = editorCommand(place, { LAUNCH_EDITOR: editor, EDITOR: 'gedit' })
    assert.deepEqual(command, { program: editor.split(' ')[0], parameters })
  }
})

test('without a variable an editor with a window is looked for', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'editors-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'subl'), '')
  assert.throws(
    () => editorCommand(place, { PATH: folder }),
    /No editor was found\. .*LAUNCH_EDITOR/,
  )
  chmodSync(join(folder, 'subl'), 0o755)
  assert.equal(editorCommand(place, { PATH: `/nowhere:${folder}`, EDITOR: ' ' }).program, 'subl')
})

test('an editor for the terminal is refused', () => {
  assert.throws(() => editorCommand(place, { EDITOR: '/usr/bin/vim' }), /vim needs a terminal/)
})
