/**
 * Tests every form of import in every place where it works, with the engine `light`: compares the
 * responses of the generated project with those recorded from Next.js. `differences.ts` lists the
 * differences with their reasons; the list is exact.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readFixtures } from '../conformance/cases.ts'
import { casesOf, prepare, Session } from '../conformance/session.ts'
import { differing } from './differences.ts'
import { generate } from './generate.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-imports-'))
generate(folder, 'light')
const [fixture] = readFixtures(folder)
const cases = casesOf(fixture!, 'start')

describe('forms of imports by the engine light', { timeout: 300_000 }, () => {
  let session: Session
  before(async () => {
    const prepared = await prepare(fixture!, 'start', 'record', false, 'light')
    session = await Session.start(
      prepared,
      'start',
      join(import.meta.dirname, 'recorded'),
      'record',
    )
  })
  after(async () => {
    await session?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const { file, one } of cases) {
    test(one.name, async () => {
      const { found } = await session.judge(file, one)
      if (differing.has(one.name))
        assert.notEqual(
          found.length,
          0,
          'is the same as under Next.js: remove it from differences.ts',
        )
      else assert.equal(found.length, 0, found.join('\n  '))
    })
  }

  test('each listed difference belongs to a case', () => {
    const names = new Set(cases.map(({ one }) => one.name))
    assert.deepEqual(
      [...differing.keys()].filter((name) => !names.has(name)),
      [],
    )
  })
})
