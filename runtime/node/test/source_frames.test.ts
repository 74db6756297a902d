import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { currentInvocation, followInvocations, runAsCurrent } from '../src/invocation/current.ts'
import type { Invocation } from '../src/invocation/invocation.ts'
import { withSourcePositions } from '../src/base/source_frames.ts'

describe('positions in bundles', () => {
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-frames-'))
    // The third line of the bundle is the second line of the source.
    const map = { version: 3, sources: ['../app/route.ts'], names: [], mappings: ';;AACA' }
    writeFileSync(join(folder, 'index.mjs.map'), JSON.stringify(map))
    writeFileSync(join(folder, 'broken.mjs.map'), '{')
  })
  after(() => rmSync(folder, { recursive: true }))

  test('become positions in source files', () => {
    const source = join(folder, '..', 'app', 'route.ts')
    const stack = `Error: x\n    at GET (file://${folder}/index.mjs:3:1)\n    at ${folder}/index.mjs:3:9`
    assert.equal(
      withSourcePositions(stack),
      `Error: x\n    at GET (${source}:2:1)\n    at ${source}:2:1`,
    )
  })

  test('stay where there is no usable map, or no source', () => {
    for (const text of [
      `at GET (${folder}/broken.mjs:3:1)`,
      `at GET (${folder}/none.mjs:3:1)`,
      `at GET (${folder}/index.mjs:1:1)`,
      'at node:internal/modules/run_main:1:1',
      'no position.js: here',
    ])
      assert.equal(withSourcePositions(text), text)
  })
})

test('an invocation is current in all that it starts, once the server asks for it', async () => {
  const invocation = { stream: 7 } as Invocation
  const seen: (number | undefined)[] = []
  const work = async (): Promise<void> => {
    seen.push(currentInvocation()?.stream)
    await null
    seen.push(currentInvocation()?.stream)
  }
  runAsCurrent(invocation, () => void work(), undefined)
  await null
  followInvocations()
  runAsCurrent(invocation, () => void work(), undefined)
  await null
  await null
  assert.deepEqual(seen, [undefined, undefined, 7, 7])
  assert.equal(currentInvocation(), undefined)
})
