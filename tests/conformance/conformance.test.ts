/**
 * The quick run: starts each fixture under `millrace start`, and those marked for it under
 * `millrace dev`, and compares the responses with those recorded from Next.js. `compare.ts` lists
 * what is not compared, and why; docs/differences.md explains each difference on purpose.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { repository } from '../e2e/support/index.ts'
import { type Fixture, readFixtures } from './cases.ts'
import { chosenEngine, type Engine, type Mode, twinsOf } from './servers.ts'
import { casesOf, type Prepared, prepare, Session } from './session.ts'

const documented = readFileSync(join(repository, 'docs/differences.md'), 'utf8')
const fixtures = readFixtures(join(import.meta.dirname, 'fixtures'))
const recorded = join(import.meta.dirname, 'recorded')

interface Run {
  readonly fixture: Fixture
  readonly mode: Mode
  /** With routes in C++ instead of those in JavaScript. */
  readonly native: boolean
  readonly engine: Engine
}
const runs: readonly Run[] = [
  ...(['start', 'dev'] as const).flatMap((mode) =>
    fixtures
      .filter(({ dev }) => mode === 'start' || dev)
      .map((fixture) => ({ fixture, mode, native: false, engine: chosenEngine() })),
  ),
  ...fixtures
    .filter((fixture) => existsSync(twinsOf(fixture)))
    .map((fixture) => ({
      fixture,
      mode: 'start' as const,
      native: true,
      engine: 'light' as const,
    })),
  // A build by Next.js takes long: run.ts runs the other fixtures (CONFORMANCE_ENGINE=next).
  ...fixtures
    .filter(({ engines }) => engines)
    .map((fixture) => ({
      fixture,
      mode: 'start' as const,
      native: false,
      engine: 'next' as const,
    })),
]
/** Requests that routes in C++ have handled. */
let nativeRequests = 0

const preparing = new Map<Run, Promise<Prepared>>()
/** Begins a fixture's build, so that it proceeds while the previous fixture is tested. */
function begin(run: Run | undefined): Promise<Prepared> | undefined {
  if (run && !preparing.has(run)) {
    const prepared = prepare(run.fixture, run.mode, 'record', run.native, run.engine)
    prepared.catch(() => {})
    preparing.set(run, prepared)
  }
  return run && preparing.get(run)
}

for (const [index, run] of runs.entries()) {
  const { fixture, mode, native, engine } = run
  describe(`conformance${mode === 'dev' ? ' under dev' : native ? ' in C++' : engine === 'next' ? ' by the engine next' : ''}: ${fixture.name}`, () => {
    let session: Session
    before(async () => {
      const prepared = await begin(run)!
      void begin(runs[index + 1])
      session = await Session.start(prepared, mode, recorded, 'record')
    })
    after(async () => {
      if (native) nativeRequests += await session.nativeRequests()
      await session?.stop()
    })

    for (const { file, one } of casesOf(fixture, mode)) {
      test(`${file.area}: ${one.name}`, async () => {
        const { found } = await session.judge(file, one)
        assert.equal(found.length, 0, `${fixture.name}, ${file.name}.json\n  ${found.join('\n  ')}`)
      })
    }
  })
}

test('the twins in C++ have handled requests', () => {
  assert.ok(nativeRequests >= 120, `${nativeRequests} requests`)
})

test('every difference on purpose is documented', () => {
  for (const { fixture, mode } of runs) {
    for (const { one } of casesOf(fixture, mode)) {
      if (one.differs)
        assert.ok(
          documented.includes(`\n### \`${one.differs.id}\`\n`),
          `${fixture.name}: ${one.name}: no entry ${one.differs.id} in docs/differences.md`,
        )
    }
  }
})
