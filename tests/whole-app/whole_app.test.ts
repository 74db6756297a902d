/**
 * Builds each app of `fixtures/` with `millrace build`, sends its requests to `millrace start`, and
 * compares the responses with those recorded from `next start`. README.md says how to record.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readFixtures } from '../conformance/cases.ts'
import { casesOf, prepare, Session } from '../conformance/session.ts'
import { repository } from '../e2e/support/index.ts'

const documented = readFileSync(join(repository, 'docs/differences.md'), 'utf8')
const recorded = join(import.meta.dirname, 'recorded')

for (const fixture of readFixtures(join(import.meta.dirname, 'fixtures'))) {
  describe(`the whole app: ${fixture.name}`, () => {
    let session: Session
    before(async () => {
      const prepared = await prepare(fixture, 'start', false, false, 'auto')
      session = await Session.start(prepared, 'start', recorded, false)
    })
    after(() => session?.stop())

    for (const { file, one } of casesOf(fixture, 'start')) {
      test(one.name, async () => {
        const { found } = await session.judge(file, one)
        assert.equal(found.length, 0, `${file.name}.json\n  ${found.join('\n  ')}`)
        if (one.differs)
          assert.ok(
            documented.includes(`\n### \`${one.differs.id}\`\n`),
            `docs/differences.md has no entry ${one.differs.id}`,
          )
      })
    }
  })
}
