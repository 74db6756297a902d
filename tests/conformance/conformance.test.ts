/**
 * The quick run: each fixture under `millrace start`, and those marked so under `millrace dev`, its answers compared with
 * those recorded of Next.js.
 * `compare.ts` lists what is not compared, and why; docs/differences.md explains each difference on purpose.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { repository } from '../e2e/support/index.ts'
import { readFixtures } from './cases.ts'
import { casesOf, type Prepared, prepare, Session } from './session.ts'

const documented = readFileSync(join(repository, 'docs/differences.md'), 'utf8')
const fixtures = readFixtures(join(import.meta.dirname, 'fixtures'))
const recorded = join(import.meta.dirname, 'recorded')

const runs = (['start', 'dev'] as const).flatMap((mode) => fixtures.filter(({ dev }) => mode === 'start' || dev).map((fixture) => ({ fixture, mode })))
type Run = (typeof runs)[number]

const preparing = new Map<Run, Promise<Prepared>>()
/** Begins a fixture's build, so that it is made while the one before is asked. */
function begin(run: Run | undefined): Promise<Prepared> | undefined {
  if (run && !preparing.has(run)) {
    const prepared = prepare(run.fixture, run.mode, false)
    prepared.catch(() => {})
    preparing.set(run, prepared)
  }
  return run && preparing.get(run)
}

for (const [index, run] of runs.entries()) {
  const { fixture, mode } = run
  describe(`conformance${mode === 'dev' ? ' under dev' : ''}: ${fixture.name}`, () => {
    let session: Session
    before(async () => {
      const prepared = await begin(run)!
      void begin(runs[index + 1])
      session = await Session.start(prepared, mode, recorded, false)
    })
    after(() => session?.stop())

    for (const { file, one } of casesOf(fixture, mode)) {
      test(`${file.area}: ${one.name}`, async () => {
        const { found } = await session.judge(file, one)
        assert.equal(found.length, 0, `${fixture.name}, ${file.name}.json\n  ${found.join('\n  ')}`)
      })
    }
  })
}

test('every difference on purpose is documented', () => {
  for (const { fixture, mode } of runs) {
    for (const { one } of casesOf(fixture, mode)) {
      if (one.differs) assert.ok(documented.includes(`\n### \`${one.differs.id}\`\n`), `${fixture.name}: ${one.name}: no entry ${one.differs.id} in docs/differences.md`)
    }
  }
})
