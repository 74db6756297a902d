/**
 * The quick run: each fixture under Millrace, its answers compared with those recorded of Next.js.
 * `compare.ts` lists what is not compared, and why; docs/differences.md explains each difference on purpose.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { repository } from '../e2e/support/index.ts'
import { type Fixture, readFixtures } from './cases.ts'
import { casesOf, type Prepared, prepare, Session } from './session.ts'

const documented = readFileSync(join(repository, 'docs/differences.md'), 'utf8')
const fixtures = readFixtures(join(import.meta.dirname, 'fixtures'))
const recorded = join(import.meta.dirname, 'recorded')

const preparing = new Map<Fixture, Promise<Prepared>>()
/** Begins a fixture's build, so that it is made while the one before is asked. */
function begin(fixture: Fixture | undefined): Promise<Prepared> | undefined {
  if (fixture && !preparing.has(fixture)) {
    const prepared = prepare(fixture, 'start', false)
    prepared.catch(() => {})
    preparing.set(fixture, prepared)
  }
  return fixture && preparing.get(fixture)
}

for (const [index, fixture] of fixtures.entries()) {
  describe(`conformance: ${fixture.name}`, () => {
    let session: Session
    before(async () => {
      const prepared = await begin(fixture)!
      void begin(fixtures[index + 1])
      session = await Session.start(prepared, 'start', recorded, false)
    })
    after(() => session?.stop())

    for (const { file, one } of casesOf(fixture, 'start')) {
      test(`${file.area}: ${one.name}`, async () => {
        const { found } = await session.judge(file, one)
        assert.equal(found.length, 0, `${fixture.name}, ${file.name}.json\n  ${found.join('\n  ')}`)
      })
    }
  })
}

test('every difference on purpose is documented', () => {
  for (const fixture of fixtures) {
    for (const { one } of casesOf(fixture, 'start')) {
      if (one.differs) assert.ok(documented.includes(`\n### \`${one.differs.id}\`\n`), `${fixture.name}: ${one.name}: no entry ${one.differs.id} in docs/differences.md`)
    }
  }
})
